/** @suite postgres15 */
import { attackPools } from './pool-attacks.js';

attackPools();
