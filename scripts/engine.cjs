// How Node's engine is set for this service, in the process that runs it and in the bench of its payloads. Buffers live outside the heap;
// freed beside the program, the dead ones of a big package pile up while new ones are made: 8 MB more, and more CPU.
require('node:v8').setFlagsFromString('--no-concurrent-array-buffer-sweeping')
