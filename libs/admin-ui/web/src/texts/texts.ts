import { createContext, useContext } from 'react';
import { en, type Texts } from './en.js';

const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Those that have been loaded. */
const texts: Partial<Record<Language, Texts>> = { en };

/** Has to be called before a language is used. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language === 'de') texts.de = (await import('./de.js')).de;
}

const KEY = 'rowhouse.language';

const isLanguage = (text: string | undefined | null): text is Language =>
  LANGUAGES.some((language) => language === text);

/** The one that was chosen, or that the browser prefers. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wanted.find(isLanguage) ?? 'en';
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
}

export const LanguageContext = createContext<Language>('en');
export const useLanguage = (): Language => useContext(LanguageContext);
export const useTexts = (): Texts => texts[useLanguage()] ?? en;
