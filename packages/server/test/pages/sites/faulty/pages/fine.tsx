export default function Fine() {
  return <p>fine</p>
}
