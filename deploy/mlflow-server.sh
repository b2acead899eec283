#!/bin/sh
# MLflow's server with basic auth. Its settings come from MLFLOW_* variables; only the address of the database of users
# can be given in a file alone, which is written here so that no password is in the image.
set -eu
: "${AUTH_DATABASE:?the address of the database of users}"
: "${MLFLOW_AUTH_ADMIN_PASSWORD:?the password of the user admin}"
: "${MLFLOW_FLASK_SERVER_SECRET_KEY:?what protects the forms of the pages}"
umask 077
MLFLOW_AUTH_CONFIG_PATH=$(mktemp)
export MLFLOW_AUTH_CONFIG_PATH
# A percent sign in the address would be taken for a reference of the file's own.
cat >"$MLFLOW_AUTH_CONFIG_PATH" <<END
[mlflow]
default_permission = READ
database_uri = $(printf '%s' "$AUTH_DATABASE" | sed 's/%/%%/g')
admin_username = admin
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
END
exec mlflow server --app-name basic-auth "$@"
