import { notFound, redirect, respond, type Load } from '@evenkeel/server/page'

interface ProductProps {
  readonly name: string
}

export const load: Load<ProductProps> = ({ params }) => {
  if (params['id'] === 'gone') return notFound()
  if (params['id'] === 'old') return redirect('/products/new one?a=1', 301)
  if (params['id'] === 'made') return respond({ name: 'made' }, { status: 201, headers: { 'x-made': 'yes' } })
  return { name: `Product ${String(params['id'])}` }
}

export const head = ({ props }: { readonly props: ProductProps }) => ({ title: props.name, lang: 'de' })

export default function Product({ name, params }: ProductProps & { readonly params: { readonly id: string } }) {
  return (
    <h1>
      {name} ({params.id})
    </h1>
  )
}
