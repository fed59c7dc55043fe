#!/usr/bin/env bash
# Makes ledger.css and the fonts from the packages that package.json names. Run it after changing a .scss file or a version; commit what changed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
npm install --no-save --no-package-lock --ignore-scripts --silent
npx sass --no-source-map --style=compressed --load-path=node_modules ledger.scss ledger.css
cp node_modules/@fontsource/open-sans/files/open-sans-latin-{400,700}-normal.woff2 .
cp node_modules/@fontsource/open-sans/LICENSE LICENSE-open-sans.txt
rm -rf node_modules
