// Where the parts that are not code lie: beside the compiled code in a checkout.

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the checkout: this file is in src/ or, compiled, in dist/. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
export const TEMPLATES = join(ROOT, 'templates')
export const TEXTS = join(TEMPLATES, 'texts')
/** What scripts/build-css.mjs makes. */
export const PUBLIC = join(ROOT, 'dist', 'public')
/** The macros of the design system. */
export const DESIGN_SYSTEM = join(ROOT, 'node_modules', 'nhsuk-frontend', 'dist')
