// Freeing the memory of big buffers at once. Left to the collector, those of a message outlive it: they have survived the quick
// rounds, and only a look through the whole heap frees them, which a service of this size then does once for every big mail.

import { MessageChannel } from 'node:worker_threads'

/** Below this the collector is as quick, and Node's shared pool is never touched. */
const BIG = 1 << 20

/**
 * Frees the memory that `bytes` lies in, for good: every view of it is empty from then on. Only for what nobody will read again; small
 * buffers are left as they are.
 */
export function free(bytes: Buffer): void {
  const memory = bytes.buffer
  if (!(memory instanceof ArrayBuffer) || memory.byteLength < BIG) return
  // Posting to a closed port moves what is transferred, and drops it (HTML, "post message steps"); Node 20 has no ArrayBuffer.transfer.
  const { port1 } = new MessageChannel()
  port1.close()
  port1.postMessage(null, [memory])
}
