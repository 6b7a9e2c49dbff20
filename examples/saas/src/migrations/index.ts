import { Documents1795887679036 } from './1795887679036-documents.js';
import { Vectors1795887679037 } from './1795887679037-vectors.js';
import { Integrations1795887679038 } from './1795887679038-integrations.js';

export const migrations = [Documents1795887679036, Vectors1795887679037, Integrations1795887679038];
