import { Documents1795887679036 } from './1795887679036-documents.js';

export const migrations = [Documents1795887679036];
