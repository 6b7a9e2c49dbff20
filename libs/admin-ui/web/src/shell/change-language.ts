import { createContext, useContext } from 'react';
import type { Language } from '../texts/texts.js';

export const ChangeLanguageContext = createContext<(language: Language) => void>(() => {});
export const useChangeLanguage = () => useContext(ChangeLanguageContext);
