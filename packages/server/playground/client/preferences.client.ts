import { applyLocale, currentLocale, text, type Locale, type MessageKey } from './messages.client.ts'
import { byId } from './dom.client.ts'

const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

const themeWords: Readonly<Record<Theme, MessageKey>> = {
  auto: 'themeAuto',
  light: 'themeLight',
  dark: 'themeDark',
}

/** Language and colours, remembered for the next visit. `changed` words again what was made by script. */
export function startPreferences(changed: () => void): void {
  let theme = themes.find((each) => each === localStorage.getItem('evenkeel.theme')) ?? 'auto'
  const wear = (): void => {
    if (theme === 'auto') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
    byId('theme').textContent = text(themeWords[theme])
  }
  const speak = (locale: Locale): void => {
    applyLocale(locale)
    byId('locale').textContent = text('localeName')
    wear()
    changed()
  }
  byId('theme').addEventListener('click', () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto'
    localStorage.setItem('evenkeel.theme', theme)
    wear()
  })
  byId('locale').addEventListener('click', () => {
    const locale = currentLocale() === 'en' ? 'zh' : 'en'
    localStorage.setItem('evenkeel.locale', locale)
    speak(locale)
  })
  speak(firstLocale())
}

function firstLocale(): Locale {
  const kept = localStorage.getItem('evenkeel.locale')
  if (kept === 'en' || kept === 'zh') return kept
  return navigator.language.startsWith('zh') ? 'zh' : 'en'
}
