import { Catalogue } from './_parts/catalogue.tsx'

export default function Home() {
  return <Catalogue />
}
