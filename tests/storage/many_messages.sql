INSERT INTO chat (id, organization_id, created_by, updated_by, created_at, updated_at, title, title_set,
    publicly_accessible)
WITH $numbers_10000
SELECT $chat_id, '$organization', '$user', '$user', $moment, $moment, 'x', i < 0, i < 0
FROM (SELECT i * 10 AS i FROM n) AS chats;

INSERT INTO message (id, chat_id, organization_id, created_by, created_at, updated_at, position, request_message, title,
    model, response, raw_llm_messages, status, is_completed, attempt, errors, crashes, lost, worker_id,
    lease_expires_at, deadline_at, not_before, wake_sent_at, cancel_requested, finished_at, idempotency_key)
WITH $numbers_100000,
numbered AS (SELECT i, i - i / 100 * 100 AS percent, i - i / 5000 * 5000 = 20 AS runs FROM n)
SELECT $message_id, $chat_id, '$organization', '$user', $moment, $moment, i - (i - 1) / 10 * 10, 'x', 'x',
    'builtin', $empty, $empty,
    CASE WHEN percent = 0 THEN 'queued' WHEN runs THEN 'running' WHEN percent = 10 THEN 'failed' ELSE 'completed' END,
    percent <> 0 AND NOT runs, 1, 0, 0, 0, CASE WHEN runs THEN 'w' END,
    CASE WHEN runs THEN $now + 20 END, CASE WHEN runs THEN $now + 900 END, $now - 1 - i, 0, i < 0,
    CASE WHEN NOT runs AND percent <> 0 THEN $now - i END, 'key ' || i
FROM numbered;

INSERT INTO message_step (id, message_id, attempt, ordinal, created_at, updated_at, step)
WITH $numbers_10000
SELECT $message_id, $message_id, 2, 1, $moment, $moment, $empty FROM n;

INSERT INTO query_result (id, message_id, ordinal, created_at, updated_at, source, sql, columns, rows, row_count,
    truncated, elapsed_ms)
WITH $numbers_10000
SELECT $message_id, $message_id, 1, $moment, $moment, 'x', 'x', $empty, $empty, 0, i < 0, 1 FROM n;

ANALYZE
