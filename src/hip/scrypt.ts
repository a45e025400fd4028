// scrypt (RFC 7914) from OpenSSL, run on libuv's thread pool: the library's own scrypt is synchronous JavaScript and would stop every
// session for its whole length. It takes 1 KiB of memory per unit of N, so callers stand in line at a semaphore.

import { scrypt } from 'node:crypto'

/**
 * scrypt with N = 2^logN, r = 8, p = 1. Measured on one core: logN 12 about 10 ms and 4 MB, 14 about 50 ms and 16 MB, 17 about
 * 350 ms and 128 MB. Rejects only when OpenSSL can't (no memory).
 */
export function stretch(secret: string | Buffer, salt: Buffer, logN: number, length: number): Promise<Buffer> {
  const cost = 2 ** logN
  return new Promise((resolve, reject) => {
    // 128 * N * r bytes are needed; Node's own limit of 32 MiB would refuse logN 15.
    scrypt(secret, salt, length, { N: cost, r: 8, p: 1, maxmem: 1024 * cost + (1 << 20) }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
