/** argv in, exit code out. */

import manifest from '../package.json' with { type: 'json' }

console.log(manifest.version)
