export default function Failed({ status }: { readonly status: number }) {
  return <h1>Sorry, {status}</h1>
}
