import tailwindcss from '@tailwindcss/vite'
import type { UserConfig } from 'vite'

const config: UserConfig = { plugins: [tailwindcss()] }

// oxlint-disable-next-line import/no-default-export -- where Vite looks for it
export default config
