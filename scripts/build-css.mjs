// Builds what the site serves as files, into dist/public: the style sheet (compiled, with a gzip copy beside it), the design
// system's script, that for passkeys, our own three and the mark. Run by the start script, or by hand: node scripts/build-css.mjs

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as sass from 'sass'

const top = join(dirname(fileURLToPath(import.meta.url)), '..')
const web = join(top, 'src', 'web')

/** Folder the web door serves under /assets. */
export const publicFolder = join(top, 'dist', 'public')

/**
 * Writes every static file into `folder` (made if missing). Throws when the style sheet does not compile, or when it would
 * load anything from another host.
 */
export async function buildCss(folder = publicFolder) {
  await mkdir(folder, { recursive: true })
  const modules = join(dirname(createRequire(import.meta.url).resolve('nhsuk-frontend/package.json')), '..')
  const { css } = sass.compile(join(web, 'styles', 'hepoex.scss'), {
    loadPaths: [modules],
    style: 'compressed',
    logger: sass.Logger.silent,
  })
  if (/url\(\s*["']?(?:https?:)?\/\//i.test(css)) throw new Error('the style sheet asks another host for something')
  await write(folder, 'hepoex.css', css)
  // The comment at its end names a source map that is not served.
  const library = await readFile(join(modules, 'nhsuk-frontend', 'dist', 'nhsuk', 'nhsuk-frontend.min.js'), 'utf8')
  await write(folder, 'nhsuk-frontend.js', library.replace(/\/\/# sourceMappingURL=.*\s*$/, ''))
  await write(folder, 'hepoex.js', await readFile(join(web, 'assets', 'hepoex.js'), 'utf8'))
  await write(folder, 'signature.js', await readFile(join(web, 'assets', 'signature.js'), 'utf8'))
  await write(folder, 'log.js', await readFile(join(web, 'assets', 'log.js'), 'utf8'))
  await write(folder, 'passkeys.js', await readFile(join(web, 'assets', 'passkeys.js'), 'utf8'))
  const passkeys = join(modules, '@simplewebauthn', 'browser', 'dist', 'bundle', 'index.umd.min.js')
  await write(folder, 'simplewebauthn.js', await readFile(passkeys, 'utf8'))
  await put(folder, 'mark.svg', await readFile(join(web, 'assets', 'mark.svg')))
}

async function write(folder, name, text) {
  await put(folder, name, text)
  await put(folder, `${name}.gz`, gzipSync(text, { level: 9 }))
}

/** Renamed into place, so that a server or a test that starts meanwhile never reads half a file. */
async function put(folder, name, bytes) {
  const temporary = join(folder, `${name}.${process.pid}.tmp`)
  await writeFile(temporary, bytes)
  await rename(temporary, join(folder, name))
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await buildCss()
