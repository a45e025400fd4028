// Read before any library: no name in a document may lead to a prototype that all objects share, nor give an object another one. Node's
// own flag for it (--disable-proto=delete) cannot be had: mammoth gives its promises their prototype this way, and reads nothing without.

const NAME = '__proto__'

Object.defineProperty(Object.prototype, NAME, {
  get: () => undefined,
  set(this: object, value: unknown) {
    if (isOfClass(value)) Object.setPrototypeOf(this, value)
    // As for any other name.
    else Object.defineProperty(this, NAME, { value, writable: true, enumerable: true, configurable: true })
  },
})

/** A class, or what its objects have in common. No document makes one. */
function isOfClass(value: unknown): value is object {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'constructor')) return false
  const made: unknown = value.constructor
  return typeof made === 'function' && made.prototype === value
}
