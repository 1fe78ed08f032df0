import Button from '@mui/material/Button'
import Card from '@mui/material/Card'
import CardContent from '@mui/material/CardContent'
import Container from '@mui/material/Container'
import CssBaseline from '@mui/material/CssBaseline'
import Stack from '@mui/material/Stack'
import { createTheme, ThemeProvider } from '@mui/material/styles'
import Typography from '@mui/material/Typography'
import { useState } from 'react'

const theme = createTheme({ cssVariables: true })

const products: readonly string[] = Array.from({ length: 12 }, (_, index) => `Product ${index + 1}`)

/** A page of cards, as shops made with MUI have them. */
export function Catalogue() {
  const [chosen, setChosen] = useState('')
  return (
    <ThemeProvider theme={theme}>
      <CssBaseline />
      <Container maxWidth="md">
        <Typography variant="h4" component="h1">
          Catalogue {chosen}
        </Typography>
        <Stack spacing={2}>
          {products.map((name) => (
            <Card key={name}>
              <CardContent>
                <Typography variant="h6">{name}</Typography>
                <Button variant="contained" onClick={() => setChosen(name)}>
                  Choose
                </Button>
              </CardContent>
            </Card>
          ))}
        </Stack>
      </Container>
    </ThemeProvider>
  )
}
