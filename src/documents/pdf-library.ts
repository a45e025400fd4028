// pdf-lib as one file. Its package sends an import to some four hundred small modules, which takes a second of the processor in every
// process that reads or writes a PDF; the bundle that lies beside them is the same code, read in a sixth of the time.

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type * as pdfLib from 'pdf-lib'

const require = createRequire(import.meta.url)
const library = require(join(dirname(require.resolve('pdf-lib')), '..', 'dist', 'pdf-lib.min.js')) as typeof pdfLib

export const {
  decodePDFRawStream,
  PDFArray,
  PDFBool,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFInvalidObject,
  PDFName,
  PDFNull,
  PDFNumber,
  PDFPageLeaf,
  PDFRawStream,
  PDFRef,
  PDFStream,
  PDFString,
  rgb,
  StandardFonts,
} = library

export type PDFArray = pdfLib.PDFArray
export type PDFBool = pdfLib.PDFBool
export type PDFDict = pdfLib.PDFDict
export type PDFDocument = pdfLib.PDFDocument
export type PDFHexString = pdfLib.PDFHexString
export type PDFInvalidObject = pdfLib.PDFInvalidObject
export type PDFName = pdfLib.PDFName
export type PDFNumber = pdfLib.PDFNumber
export type PDFPageLeaf = pdfLib.PDFPageLeaf
export type PDFRawStream = pdfLib.PDFRawStream
export type PDFRef = pdfLib.PDFRef
export type PDFStream = pdfLib.PDFStream
export type PDFString = pdfLib.PDFString
export type { Color, PDFContext, PDFFont, PDFObject, PDFPage } from 'pdf-lib'
