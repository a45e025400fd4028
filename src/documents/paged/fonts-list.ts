// Which fonts there are and in what order they are asked for a letter: Noto (SIL OFL 1.1), one family for each script, and families of
// symbols and of Chinese, Japanese and Korean behind them.

/** How base letters look: running text, headings, columns. */
export type Look = 'sans' | 'bold' | 'mono'

export interface Family {
  /** Name of the npm package. */
  readonly packageName: string
  /** One file, TrueType or WOFF2. Otherwise slices of WOFF2 named `<family>-<slice>-<suffix>.woff2`, listed in unicode.json. */
  readonly file?: string
  readonly suffix?: string
}

const NOTO_SANS = '@expo-google-fonts/noto-sans'

const variable = (family: string): Family => ({ packageName: `@fontsource-variable/${family}`, suffix: 'wght-normal' })

const sans: Family = { packageName: NOTO_SANS, file: '400Regular/NotoSans_400Regular.ttf' }
const bold: Family = { packageName: NOTO_SANS, file: '600SemiBold/NotoSans_600SemiBold.ttf' }
const mono = variable('noto-sans-mono')

/** Each look has the other's letters behind its own: none has all. */
export const baseFamilies: Readonly<Record<Look, readonly Family[]>> = {
  sans: [sans, mono],
  bold: [bold, sans, mono],
  mono: [mono, sans],
}

/** By the scripts that a letter is used with (Script_Extensions): the danda, for one, is at home in many. */
export const scriptFamilies: ReadonlyArray<readonly [script: RegExp, family: Family]> = [
  [/\p{scx=Arabic}/u, variable('noto-sans-arabic')],
  [/\p{scx=Hebrew}/u, variable('noto-sans-hebrew')],
  [/\p{scx=Devanagari}/u, variable('noto-sans-devanagari')],
  [/\p{scx=Bengali}/u, variable('noto-sans-bengali')],
  [/\p{scx=Gurmukhi}/u, variable('noto-sans-gurmukhi')],
  [/\p{scx=Gujarati}/u, variable('noto-sans-gujarati')],
  [/\p{scx=Oriya}/u, variable('noto-sans-oriya')],
  [/\p{scx=Tamil}/u, variable('noto-sans-tamil')],
  [/\p{scx=Telugu}/u, variable('noto-sans-telugu')],
  [/\p{scx=Kannada}/u, variable('noto-sans-kannada')],
  [/\p{scx=Malayalam}/u, variable('noto-sans-malayalam')],
  [/\p{scx=Sinhala}/u, variable('noto-sans-sinhala')],
  [/\p{scx=Thai}/u, variable('noto-sans-thai')],
  [/\p{scx=Lao}/u, variable('noto-sans-lao')],
  [/\p{scx=Khmer}/u, variable('noto-sans-khmer')],
  [/\p{scx=Myanmar}/u, variable('noto-sans-myanmar')],
  [/\p{scx=Georgian}/u, variable('noto-sans-georgian')],
  [/\p{scx=Armenian}/u, variable('noto-sans-armenian')],
  [/\p{scx=Ethiopic}/u, variable('noto-sans-ethiopic')],
  [/\p{scx=Thaana}/u, variable('noto-sans-thaana')],
]

/** Arrows, mathematics, shapes, emoji (monochrome). */
export const symbolFamilies: readonly Family[] = [
  variable('noto-sans-symbols'),
  { packageName: '@fontsource/noto-sans-symbols-2', suffix: '400-normal' },
  variable('noto-emoji'),
  // Its list knows of a tenth of what is in the file: all of mathematics, and lines to draw boxes with.
  { packageName: '@fontsource/noto-sans-math', file: 'files/noto-sans-math-latin-400-normal.woff2' },
]

/** Their characters are the same in Unicode and look a little different in each, so the text itself decides which comes first. */
export const eastAsianFamilies = {
  simplified: variable('noto-sans-sc'),
  traditional: variable('noto-sans-tc'),
  japanese: variable('noto-sans-jp'),
  korean: variable('noto-sans-kr'),
} as const
