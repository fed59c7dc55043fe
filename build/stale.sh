# Sourced by ./ledger and ./bench from the root of the clone.
# build_if_stale PROJECT_DIR SOURCE_DIR…: builds the project in Release if any source is newer than its last good build.
# Silent unless the build fails; two callers at once build once. Nothing is left holding the caller's pipes or the lock.
build_if_stale() {
  local project=$1; shift
  local stamp="$project/bin/Release/.built" log="$project/bin/build.log"

  is_fresh() {
    [[ -f $stamp ]] && [[ -z $(find "$@" Directory.Build.props Directory.Packages.props build/BannedSymbols.txt global.json \
      \( -name bin -o -name obj -o -name TestResults \) -prune -o -newer "$stamp" -print -quit) ]]
  }

  is_fresh "$@" && return
  command -v dotnet >/dev/null || { echo "The .NET 10 SDK is needed: https://dot.net" >&2; exit 69; }
  for dir in $(find "$@" -maxdepth 2 -name '*.csproj' -printf '%h\n'); do mkdir -p "$dir/bin/Release" "$dir/obj"; done

  exec 9>"$project/bin/.lock"
  flock 9
  if ! is_fresh "$@"; then
    [[ ! -t 2 ]] || echo "Building (the first time takes a minute or two) …" >&2
    touch "$stamp.new" # the time before the build: what changes during it is built the next time
    if ! dotnet build "$project" -c Release -v quiet -nologo </dev/null >"$log" 2>&1 9>&-; then
      cat "$log" >&2
      exit 70
    fi
    mv "$stamp.new" "$stamp"
  fi
  exec 9>&-
}
