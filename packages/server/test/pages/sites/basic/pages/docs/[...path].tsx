export default function Docs({ params }: { readonly params: { readonly path: readonly string[] } }) {
  return <p id="path">{params.path.join(' > ')}</p>
}
