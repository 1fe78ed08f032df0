import { renderToString } from 'react-dom/server'
import { Catalogue } from '../mui/pages/_parts/catalogue.tsx'

/** The same page in plain `renderToString`. */
export function renderPage(): Promise<string> {
  const html = renderToString(<Catalogue />)
  return Promise.resolve(
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Catalogue</title></head><body><div id="root">${html}</div></body></html>`,
  )
}
