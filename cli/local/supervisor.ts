/**
 * Runs a program in a process group of its own and ends the whole group when standard input closes, which
 * happens however the parent ends, SIGKILL included. It is a shell script because it must outlive the parent
 * and must be there on Linux and macOS alike.
 *
 * Arguments: directory to remove at such an end, tenths of a second between SIGTERM and SIGKILL, the program and
 * its arguments. Writes the program's process id to descriptor 3; ends with the program's exit code.
 */
export const supervisorScript = `
directory=$1; grace=$2; shift 2
# A trapped signal goes back to its default in children; an ignored one would stay ignored.
trap : INT TERM HUP
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
child=$!
echo "$child" >&3
exec 3>&-
(
  trap : INT TERM HUP
  while read -r _ <&4; do :; done
  kill -TERM "$child" 2>/dev/null
  while [ "$grace" -gt 0 ] && kill -0 "$child" 2>/dev/null; do sleep 0.1; grace=$((grace - 1)); done
  kill -KILL "$child" 2>/dev/null
  rm -rf -- "$directory"
  kill -KILL 0
) </dev/null >/dev/null 2>&1 &
while :; do
  wait "$child"; code=$?
  # A signal to this shell ends the wait early.
  kill -0 "$child" 2>/dev/null || exit "$code"
done
`;
