#!/bin/sh
# A step of a CI job: it logs in to Clavero and decrypts a secret that is kept, encrypted, in the repository.
#
#   ci-job.sh secrets/deploy.clv alice deploy.env      decrypts the first file, which alice must have encrypted
#
# It needs clavero(1), and ssh-keygen(1) for a key. The CI system provides these variables:
#   CLAVERO_HOST, CLAVERO_CA   the proxy, and a file of certificates to trust
#   CLAVERO_USER               the account of the job
#   CLAVERO_KEY_FILE           a file with the private SSH key of the account, without a passphrase, or else
#   CLAVERO_PASSWORD_FILE      a file whose first line is the password
#
# A person makes the account and the secret once, from a shell that has CLAVERO_HOST and CLAVERO_CA:
#   ssh-keygen -q -t ed25519 -N '' -f ci.key
#   clavero SIGNUP KEY="$(cat ci.key.pub)" ci
#   clavero --user alice ENCRYPT TO=alice,ci <deploy.env >secrets/deploy.clv
set -eu
[ $# -eq 3 ] || { echo 'usage: ci-job.sh sealed-file sender file' >&2; exit 64; }
umask 077
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# The file from the CI system may be readable by others. Then the programs do not accept it, but they accept a copy.
cat "${CLAVERO_KEY_FILE:-$CLAVERO_PASSWORD_FILE}" >"$directory/credential"
if [ -n "${CLAVERO_KEY_FILE-}" ]; then option=--identity; else option=--password-file; fi

# The sender is on standard error. Anyone with an account can encrypt to this one, so the sender must be compared.
status=0
clavero "$option" "$directory/credential" DECRYPT <"$1" >"$directory/secret" 2>"$directory/messages" || status=$?
if [ "$status" -ne 0 ] || ! grep -qx "FROM=$2" "$directory/messages"; then
    cat "$directory/messages" >&2
    echo "ci-job.sh: $1 was not decrypted, or $2 did not encrypt it" >&2
    exit $((status ? status : 1))
fi
mv "$directory/secret" "$3"
