import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { breaches, sourceFiles } from './support/floors.js'

const src = fileURLToPath(new URL('../src', import.meta.url))

t.test('every file imports only from its own room and from lower floors, and each package has its room', async (t) => {
  t.ok(sourceFiles(src).length > 20, 'the files were found')
  t.same(breaches(src), [])
})

t.test('a seeded breach is found, whichever way it imports', async (t) => {
  const cases: ReadonlyArray<readonly [file: string, text: string, breach: string]> = [
    ['hip/seal.ts', "import { parse } from '../mail/message.js'", 'hip/seal.ts: imports ../mail/message.js (mail/ is a neighbour)'],
    ['mail/letter.ts', "import type { Row } from '../intake/row.js'", 'mail/letter.ts: imports ../intake/row.js (intake/ is above)'],
    ['mail/letter.ts', "export { Row } from '../store/store.js'", 'mail/letter.ts: imports ../store/store.js (store/ is a neighbour)'],
    ['clock.ts', "export * from './hip/code.js'", 'clock.ts: imports ./hip/code.js (hip/ is above)'],
    ['hip/a/b.ts', "const x = await import('../../store/store.js')", 'hip/a/b.ts: imports ../../store/store.js (store/ is a neighbour)'],
    ['hip/code.ts', "let x: import('../web/app.js').App", 'hip/code.ts: imports ../web/app.js (web/ is above)'],
    ['web/app.ts', "import {\n  a,\n  b,\n} from '../smtp/server.js'", 'web/app.ts: imports ../smtp/server.js (smtp/ is a neighbour)'],
    ['cli/run.ts', "import '../main.js'", 'cli/run.ts: imports ../main.js (main is above)'],
    ['web/app.ts', "import '../../test/support/clock.js'", 'web/app.ts: imports ../../test/support/clock.js (outside src)'],
    ['mail/letter.ts', "import { Knex } from 'knex'", 'mail/letter.ts: imports knex (belongs in store)'],
    ['smtp/tls.ts', "import x from 'smtp-serverless'", 'smtp/tls.ts: imports smtp-serverless (in no room)'],
    ['store/a.ts', "import x from '@hapi/boom'", 'store/a.ts: imports @hapi/boom (belongs in web)'],
    ['clock.ts', "const fs = require('fs-extra')", 'clock.ts: imports fs-extra (in no room)'],
    ['common/tools.ts', 'export const x = 1', 'common/tools.ts: common/ is on no floor'],
    ['hip/long.ts', '\n'.repeat(300).concat('const x = 1'), 'hip/long.ts: 301 lines'],
  ]
  for (const [file, text, breach] of cases) t.same(breaches(seed(t.testdir(), { [file]: text })), [breach])
})

t.test('what the rule allows is no breach', async (t) => {
  const files = {
    'clock.ts': "import { x } from './semaphore.js'",
    'mail/letter.ts': "import 'node:fs'\nimport './address.js'\nimport '../clock.js'\nimport 'nodemailer/lib/dkim'",
    'intake/desk.ts': "import '../mail/letter.js'\nimport type { S } from '../store/store.js'",
    'web/pages/open.ts': "import '../app.js'\nimport '../../retrieval/desk.js'\nimport '@hapi/boom'",
    'service.ts': "import './web/app.js'\nimport './smtp/server.js'",
    'main.ts': "import './cli/run.js'",
    'hip/code.ts': "// import x from '../mail/letter.js'\nconst y = \"import z from '../web/app.js'\"",
  }
  t.same(breaches(seed(t.testdir(), files)), [])
})

function seed(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return folder
}
