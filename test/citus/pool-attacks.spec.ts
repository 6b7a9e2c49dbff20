/** @suite citus */
import { attackPools } from '../attacks/pool-attacks.js';

attackPools();
