import { createContext, useContext } from 'react';
import { de } from './de.js';
import { en, type Texts } from './en.js';

const LANGUAGES = { en, de };
export type Language = keyof typeof LANGUAGES;

const KEY = 'rowhouse.language';

const isLanguage = (text: string | undefined | null): text is Language =>
  Object.keys(LANGUAGES).includes(text ?? '');

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
export const useTexts = (): Texts => LANGUAGES[useLanguage()];
