#!/bin/sh
# Monitoring raises a call: PagerDuty's Events API v2, as a station takes it at /v2/enqueue.
#
#   ESOS_URL=https://esos.club.example ESOS_TOKEN=… ./monitoring-webhook.sh trigger uplink-1 "Uplink saturated"
#   ESOS_URL=https://esos.club.example ESOS_TOKEN=… ./monitoring-webhook.sh resolve uplink-1
#
# ESOS_TOKEN is a member's program token: esos member token "Example Net" --home club
set -eu

action=$1        # trigger: call, or more facts; resolve: take the call back; acknowledge changes nothing
alarm=$2         # the same name is the same call, however often it is sent
summary=${3:-$alarm}

# The words go into JSON: take out what would end the text. A real client uses its own JSON library.
clean() { printf '%s' "$1" | tr -d '"\\\n'; }

curl --silent --show-error --fail-with-body --max-time 10 \
    "$ESOS_URL/v2/enqueue" -H 'Content-Type: application/json' -d "{
  \"routing_key\": \"$ESOS_TOKEN\",
  \"event_action\": \"$(clean "$action")\",
  \"dedup_key\": \"$(clean "$alarm")\",
  \"payload\": {\"summary\": \"$(clean "$summary")\", \"source\": \"$(hostname)\", \"severity\": \"critical\"}
}"
