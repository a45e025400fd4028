// Follows the intake log: puts new rows at the top of the table, each into a copy of the page's own row, as text alone. Only while its
// button is pressed, so that nothing moves under a reader who has not asked for it. Without this script there is the link to refresh.

const button = document.querySelector('[data-log-live]')
const MOST_ROWS = 500

if (button && globalThis.EventSource) {
  button.hidden = false
  const state = document.querySelector('[data-log-state]')
  const model = document.querySelector('template[data-log-row]')
  const body = document.querySelector('[data-log-rows]')
  let source = null
  let count = 0

  const say = (name) => { state.textContent = state.dataset[name] }
  const stop = (name) => {
    source?.close()
    source = null
    button.textContent = button.dataset.follow
    say(name)
  }
  const start = () => {
    source = new EventSource(button.dataset.logLive)
    button.textContent = button.dataset.stop
    say('on')
    source.addEventListener('open', () => say('on'))
    source.addEventListener('rows', (event) => {
      const added = JSON.parse(event.data).filter(add).length
      // Where it went on by itself after a while, what has come meanwhile.
      button.dataset.logLive = button.dataset.logLive.replace(/\bafter=\d+/, `after=${event.lastEventId}`)
      count += added
      state.textContent = `${state.dataset.new} ${count}`
    })
    source.addEventListener('ended', () => stop('ended'))
    source.addEventListener('error', () => (source?.readyState === EventSource.CLOSED ? stop('ended') : say('lost')))
  }

  function add(cells) {
    const id = `row-${cells.number}`
    if (document.getElementById(id)) return false
    const row = model.content.firstElementChild.cloneNode(true)
    row.id = id
    for (const cell of row.querySelectorAll('[data-cell]')) cell.textContent = cells[cell.dataset.cell]
    row.querySelector('a').setAttribute('href', `/admin/log/${encodeURIComponent(cells.number)}`)
    row.querySelector('time').setAttribute('datetime', cells.iso)
    row.querySelector('[data-cell=outcome]').classList.add(`nhsuk-tag--${cells.colour}`)
    body.prepend(row)
    while (body.rows.length > MOST_ROWS) body.lastElementChild.remove()
    for (const none of document.querySelectorAll('[data-log-none]')) none.remove()
    body.closest('[data-log-table]').hidden = false
    return true
  }

  button.addEventListener('click', () => (source ? stop('off') : start()))
}
