export { Blob, blobBytes, File } from './blob.ts'
export { FormData, multipartOf } from './form-data.ts'
