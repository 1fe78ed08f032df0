import { useState } from 'react'
import {
  Form,
  isRouteErrorResponse,
  Link,
  Navigate,
  Outlet,
  redirect,
  useActionData,
  useLoaderData,
  useParams,
  useRouteError,
} from '#router'

function Shell() {
  return (
    <main>
      <Link to="/board/2">two</Link>
      <Outlet />
    </main>
  )
}

function Home() {
  const [count, setCount] = useState(7)
  return <button onClick={() => setCount(count + 1)}>Count is {count}</button>
}

function Board() {
  return <h1>Board {useParams()['id']}</h1>
}

interface Item {
  readonly name: string
  readonly late: string
}

async function loadItem(id: string | undefined): Promise<Item | Response> {
  if (id === 'moved') return redirect('/board/9')
  // oxlint-disable-next-line typescript/only-throw-error -- how loaders of React Router answer with a status
  if (id === 'none') throw new Response('no such item', { status: 404, statusText: 'Not Found' })
  if (id === 'boom') throw new Error('secret detail')
  return { name: `Item ${id}`, late: await Promise.resolve(`late ${id}`) }
}

function ItemPage() {
  const { name, late } = useLoaderData() as Item
  return (
    <h1>
      {name}, {late}
    </h1>
  )
}

/** Runs on the server for a form that is sent before the app is alive, and in the browser from then on. */
async function sign({ request }: { readonly request: Request }): Promise<{ readonly signed: string } | Response> {
  const name = (await request.formData()).get('name')
  if (name !== 'Ada') return { signed: typeof name === 'string' ? name : 'nobody' }
  return redirect('/board/1', { headers: { 'set-cookie': 'signed=Ada; Path=/' } })
}

function Guestbook() {
  const done = useActionData() as { readonly signed: string } | undefined
  return (
    <Form method="post">
      <input name="name" defaultValue="Grace" />
      <button>Sign</button>
      <p>{done === undefined ? 'Not signed' : `Signed by ${done.signed}`}</p>
    </Form>
  )
}

function Problem() {
  const error = useRouteError()
  const text = isRouteErrorResponse(error) ? `status ${error.status}` : (error as Error).message
  return <p id="problem">{text}</p>
}

export const routes = [
  {
    path: '/',
    element: <Shell />,
    errorElement: <Problem />,
    hydrateFallbackElement: <p>loading</p>,
    children: [
      { index: true, element: <Home /> },
      { path: 'board/:id', element: <Board /> },
      { path: 'old', element: <Navigate to="/board/1" replace /> },
      { path: 'older/:id', element: <Navigate to={{ pathname: '../old', search: '?from=older' }} relative="path" /> },
      {
        path: 'items/:id',
        loader: ({ params }: { readonly params: { readonly id?: string } }) => loadItem(params.id),
        element: <ItemPage />,
      },
      { path: 'guestbook', action: sign, element: <Guestbook /> },
      { path: '*', handle: { status: 404 }, element: <p>Nothing at this address</p> },
    ],
  },
]
