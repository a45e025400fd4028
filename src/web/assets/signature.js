// The field to draw a signature in: with a finger, a pen or a mouse. Without this script the choice to draw stays hidden, and a signature is
// typed or made on paper. What is drawn goes along as JSON: lines of points on a field 1000 wide and 300 high.

const [WIDTH, HEIGHT] = [1000, 300]
// A form has its bounds. Points nearer to each other than this look the same on paper.
const [MOST_POINTS, NEAR] = [2000, 4]

const pad = document.querySelector('[data-pad]')
if (pad) open(pad)

function open(pad) {
  const canvas = pad.querySelector('canvas')
  const field = pad.querySelector('input[type=hidden]')
  const state = pad.querySelector('[role=status]')
  let strokes = read(field.value)
  let stroke = null

  pad.hidden = false
  for (const choice of document.querySelectorAll('[data-pad-choice]')) choice.hidden = false
  for (const without of document.querySelectorAll('[data-pad-without]')) without.hidden = true
  show()
  // Who types or draws has chosen.
  const choose = (way) => { document.querySelector(`input[data-pad-${way}]`).checked = true }
  document.getElementById('typedName').addEventListener('input', () => choose('typed'))

  canvas.addEventListener('pointerdown', (event) => {
    if (stroke || event.button !== 0) return
    event.preventDefault()
    choose('drawn')
    canvas.setPointerCapture(event.pointerId)
    stroke = { id: event.pointerId, points: [] }
    strokes.push(stroke.points)
    add(event)
  })
  canvas.addEventListener('pointermove', (event) => {
    if (stroke?.id === event.pointerId) add(event)
  })
  for (const end of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(end, (event) => {
      if (stroke?.id !== event.pointerId) return
      const [first] = stroke.points
      // The dot of an i: a line needs two ends.
      if (first && stroke.points.length === 1) stroke.points.push([Math.min(first[0] + 2, WIDTH), first[1]])
      if (!first) strokes.pop()
      stroke = null
      keep()
    })
  }
  pad.querySelector('[data-pad-clear]').addEventListener('click', () => {
    strokes = []
    stroke = null
    keep()
  })

  function add(event) {
    const box = canvas.getBoundingClientRect()
    const border = canvas.clientLeft
    const place = (at, from, size, most) => Math.round(Math.min(Math.max((at - from - border) / size, 0), 1) * most)
    const point = [place(event.clientX, box.left, canvas.clientWidth, WIDTH), place(event.clientY, box.top, canvas.clientHeight, HEIGHT)]
    const last = stroke.points.at(-1)
    if (isFull() || (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < NEAR)) return
    stroke.points.push(point)
    draw()
  }

  function isFull() {
    return strokes.reduce((sum, points) => sum + points.length, 0) >= MOST_POINTS
  }

  function keep() {
    field.value = strokes.length > 0 ? JSON.stringify(strokes) : ''
    show()
  }

  function show() {
    draw()
    const full = isFull()
    state.textContent = strokes.length === 0 ? state.dataset.empty : full ? state.dataset.full : state.dataset.drawn
    canvas.classList.toggle('hpx-pad__field--full', full)
  }

  function draw() {
    const pen = canvas.getContext('2d')
    pen.clearRect(0, 0, WIDTH, HEIGHT)
    Object.assign(pen, { lineWidth: 7, lineCap: 'round', lineJoin: 'round', strokeStyle: getComputedStyle(canvas).color })
    for (const points of strokes) {
      pen.beginPath()
      for (const [x, y] of points) pen.lineTo(x, y)
      pen.stroke()
    }
  }
}

// As it was sent, when a page comes back with a problem.
function read(value) {
  try {
    const strokes = JSON.parse(value)
    const isPoint = (point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite)
    return Array.isArray(strokes) && strokes.every((points) => Array.isArray(points) && points.every(isPoint)) ? strokes : []
  } catch {
    return []
  }
}
