// Time zones as people choose them: those of the United States by their names, then every place this machine knows.

export interface ZoneGroup {
  readonly label: string
  readonly zones: ReadonlyArray<{ readonly value: string; readonly text: string }>
}

/** One IANA zone for each rule that clocks go by in the states and territories, from east to west. */
const UNITED_STATES = [
  ...['America/Puerto_Rico', 'America/New_York', 'America/Chicago', 'America/Denver', 'America/Phoenix', 'America/Los_Angeles'],
  ...['America/Anchorage', 'Pacific/Honolulu', 'Pacific/Guam', 'Pacific/Pago_Pago'],
]

/** @param here @param all what the groups are called. @param now ms since the epoch; decides which name a zone goes by. */
export function zoneGroups(language: string, here: string, all: string, now: number): ZoneGroup[] {
  const known = Intl.supportedValuesOf('timeZone')
  const ours = UNITED_STATES.filter((zone) => known.includes(zone))
  const others = known.filter((zone) => zone.includes('/') && !ours.includes(zone))
  const collator = new Intl.Collator(language)
  return [
    { label: here, zones: ours.map((value) => ({ value, text: `${zoneName(value, language, now)} (${placeOf(value)})` })) },
    {
      label: all,
      zones: others.map((value) => ({ value, text: placeOf(value) })).sort((one, other) => collator.compare(one.text, other.text)),
    },
  ]
}

/** `Eastern Time`, in that language. */
export function zoneName(zone: string, language: string, now: number): string {
  const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts(now)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone
}

/** `Buenos Aires, Argentina, America` of `America/Argentina/Buenos_Aires`: people look for the city. */
function placeOf(zone: string): string {
  return zone.split('/').reverse().join(', ').replaceAll('_', ' ')
}
