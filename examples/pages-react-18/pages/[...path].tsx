import { useState } from 'react'
import { Link, Navigate, Outlet, useLoaderData } from 'react-router-dom'
import type { Head } from '@evenkeel/server/page'

export const head: Head = { title: 'Boards' }

const boards = new Map([
  ['1', 'Announcements'],
  ['2', 'Questions'],
])

function Frame() {
  return (
    <main>
      <nav>
        <Link to="/">Boards</Link>
      </nav>
      <Outlet />
    </main>
  )
}

function List() {
  const [wanted, setWanted] = useState('')
  const found = [...boards].filter(([, name]) => name.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <>
      <input aria-label="Filter" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <ul>
        {found.map(([id, name]) => (
          <li key={id}>
            <Link to={`/board/${id}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </>
  )
}

function Board() {
  const { name } = useLoaderData() as { name: string }
  return <h1>{name}</h1>
}

function loadBoard({ params }: { readonly params: { readonly id?: string } }): { name: string } {
  const name = boards.get(params.id ?? '')
  // oxlint-disable-next-line typescript/only-throw-error -- how loaders of React Router answer with a status
  if (name === undefined) throw new Response('no such board', { status: 404 })
  return { name }
}

export const routes = [
  {
    path: '/',
    element: <Frame />,
    errorElement: <p>There is no such board.</p>,
    children: [
      { index: true, element: <List /> },
      { path: 'board/:id', loader: loadBoard, element: <Board /> },
      { path: 'news', element: <Navigate to="/board/1" /> },
      { path: '*', handle: { status: 404 }, element: <p>There is nothing here.</p> },
    ],
  },
]
