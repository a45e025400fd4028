// Comfort only: every page works without this script. Starts the design system's parts, groups the digits of the code, shows
// times in the reader's own time zone and warns before a session ends.

import { initAll } from './nhsuk-frontend.js'

initAll()

// A page with a problem is the answer to a form. As a page of its own it can be reloaded and gone back to; otherwise the browser would
// ask whether to send the form again, or show nothing.
if (document.querySelector('.nhsuk-error-summary')) history.replaceState(null, '', location.href)

for (const field of document.querySelectorAll('input[data-group-code]')) field.addEventListener('input', () => group(field))

// 1234 5678 9012 3456, with the caret kept behind the same digit. Anything but digits and separators is left alone.
function group(field) {
  if (!/^[\d\s-]*$/.test(field.value)) return
  const before = field.value.slice(0, field.selectionStart).replace(/\D/g, '').length
  const grouped = field.value.replace(/\D/g, '').replace(/(\d{4})(?=\d)/g, '$1 ')
  if (grouped === field.value) return
  field.value = grouped
  const caret = before + Math.floor(Math.max(0, before - 1) / 4)
  field.setSelectionRange(caret, caret)
}

for (const time of document.querySelectorAll('time[data-local]')) {
  const style = time.dataset.local === 'time' ? { timeStyle: 'short' } : { dateStyle: 'long', timeStyle: 'short' }
  // As the server writes them (src/dates.ts).
  const locale = new Intl.Locale(document.documentElement.lang, { region: 'US' })
  time.textContent = new Intl.DateTimeFormat(locale, style).format(new Date(time.dateTime))
}

// Nothing chosen yet: the place this device is in, for her to see and to save.
const zone = document.querySelector('select[data-own-zone]')
if (zone) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone.selectedIndex < 0) zone.value = ''
}

const idle = document.querySelector('[data-idle-seconds]')
if (idle) {
  // Two minutes before the end, so that there is time to press the button.
  const seconds = Number(idle.dataset.idleSeconds)
  setTimeout(() => { idle.hidden = false }, Math.max(0, seconds - 120) * 1000)
  setTimeout(() => location.reload(), (seconds + 5) * 1000)
}
