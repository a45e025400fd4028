// The language of a page: the best of those we speak, as the browser asks (RFC 9110 12.5.4).

/** @param header Accept-Language. @param spoken languages of the catalogue. English when none fits. */
export function chooseLanguage(header: string, spoken: readonly string[]): string {
  const wishes = header
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', quality] = part
        .trim()
        .toLowerCase()
        .split(/;\s*q=/)
      return { tag: tag.trim(), quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { tag } of wishes) {
    const found = spoken.find((language) => language.toLowerCase() === tag || language.toLowerCase() === tag.split('-')[0])
    if (found) return found
  }
  return 'en'
}
