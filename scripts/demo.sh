#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make demo: builds the word count with flinkc, runs it as a cluster of two TaskManager processes
# over a real text, and checks its counts against tr, sort and uniq.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

build=${BUILD:-build}
demo=$build/demo
text=$demo/input.txt
output=$demo/output
job=$demo/word_count
mkdir -p "$demo"

# The licences that every Debian carries, until the text has a megabyte and a half.
if [ ! -s "$text" ]; then
  files=(LICENSE)
  for file in /usr/share/common-licenses/*; do
    [ ! -f "$file" ] || [ -L "$file" ] || files+=("$file")
  done
  : >"$text.part"
  while [ "$(stat -c %s "$text.part")" -lt 1500000 ]; do cat "${files[@]}" >>"$text.part"; done
  mv "$text.part" "$text"
fi

"$build/bin/flinkc" build jobs/word_count/word_count.cpp -o "$job"

rm -rf "$output"
begin=$(date +%s%N)
"$job" --taskmanagers 2 --slots 2 -p 4 -- --input "$text" --output "$output"
milliseconds=$((($(date +%s%N) - begin) / 1000000))

# Every update is a line word,count. Counts only grow, so the largest of a word is its last. A word
# with a comma or a quote is quoted (RFC 4180).
find "$output" -type f ! -name '.*' -exec cat {} + | awk '
  {
    end = match($0, /,[0-9]+$/)
    word = substr($0, 1, end - 1)
    count = substr($0, end + 1) + 0
    if (word ~ /^"/) {
      word = substr(word, 2, length(word) - 2)
      gsub(/""/, "\"", word)
    }
    if (count > last[word]) last[word] = count
  }
  END { for (word in last) print last[word], word }' | sort -k1,1nr -k2 >"$demo/counts"
tr -s ' \t\n\v\f\r' '\n' <"$text" | sed '/^$/d' | sort | uniq -c |
  awk '{ $1 = $1; print }' | sort -k1,1nr -k2 >"$demo/expected"

if ! diff "$demo/expected" "$demo/counts" >"$demo/difference"; then
  echo "demo: the counts differ from those of tr, sort and uniq:" >&2
  head -n 10 "$demo/difference" >&2
  exit 1
fi

words=$(awk '{ sum += $1 } END { print sum }' "$demo/counts")
echo
echo "The ten most frequent words:"
head -n 10 "$demo/counts" | awk '{ printf "  %8d  %s\n", $1, $2 }'
echo "$words words, $(wc -l <"$demo/counts") different, the same counts as tr | sort | uniq -c."
awk -v words="$words" -v ms="$milliseconds" 'BEGIN {
  printf "%.2f s from start to end of the cluster: %.0f words a second.\n",
         ms / 1000, words * 1000 / (ms > 0 ? ms : 1) }'
