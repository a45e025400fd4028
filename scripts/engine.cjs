// How Node's engine is set for this service, in the process that runs it and in the benches of it. Big messages are short-lived buffers
// outside the heap, each of which has the collector look through all of it.
const { setFlagsFromString } = require('node:v8')

// Marking beside the program spends a quarter of all CPU on that, on another core that the next message could use; marking in small
// steps does not.
setFlagsFromString('--no-concurrent-marking')
// Freed beside the program, dead buffers pile up while new ones are made: 8 MB more for a big package, and more CPU.
setFlagsFromString('--no-concurrent-array-buffer-sweeping')
