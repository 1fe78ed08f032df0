import Button from '@mui/material/Button'
import Container from '@mui/material/Container'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import type { Head } from '@evenkeel/server/page'

export const head: Head = { title: 'MUI' }

export default function Home() {
  const [count, setCount] = useState(0)
  return (
    <Container maxWidth="sm">
      <Stack spacing={2} sx={{ mt: 12, alignItems: 'start' }}>
        <Typography variant="h4" component="h1">
          Rendered on the server
        </Typography>
        <Button variant="contained" onClick={() => setCount(count + 1)}>
          Clicked {count} times
        </Button>
      </Stack>
    </Container>
  )
}
