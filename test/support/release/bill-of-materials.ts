/** What is in the executable, as a CycloneDX document: the packages that npm knows of, and the runtime. */

import { run } from './targets.ts'

interface CycloneDx {
  readonly metadata: { readonly component: Record<string, unknown> }
  readonly components: Record<string, unknown>[]
}

export function billOfMaterials(bunVersion: string): string {
  const document = JSON.parse(run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'])) as CycloneDx
  // npm names the project after its folder, and takes every project for a library.
  Object.assign(document.metadata.component, { name: 'treecast', type: 'application' })
  document.components.push({
    'bom-ref': `bun@${bunVersion}`,
    type: 'platform',
    name: 'bun',
    version: bunVersion,
    purl: `pkg:npm/bun@${bunVersion}`,
    licenses: [{ license: { id: 'MIT' } }],
  })
  return `${JSON.stringify(document, undefined, 2)}\n`
}
