CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.chat (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by uuid NOT NULL,
    updated_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    title text NOT NULL,
    title_set boolean NOT NULL,
    publicly_accessible boolean NOT NULL,
    most_recent_file_id uuid,
    most_recent_file_type character varying,
    most_recent_version_number integer
);
CREATE TABLE public.chat_source (
    id uuid NOT NULL,
    chat_id uuid NOT NULL,
    source_id uuid NOT NULL,
    ordinal integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.message (
    id uuid NOT NULL,
    chat_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    "position" integer NOT NULL,
    request_message text,
    title text NOT NULL,
    model character varying NOT NULL,
    feedback character varying,
    response json NOT NULL,
    raw_llm_messages json NOT NULL,
    outcome character varying,
    usage json,
    grounding json,
    status character varying NOT NULL,
    is_completed boolean NOT NULL,
    attempt integer NOT NULL,
    errors integer NOT NULL,
    crashes integer NOT NULL,
    lost integer NOT NULL,
    worker_id character varying,
    lease_expires_at double precision,
    deadline_at double precision,
    not_before double precision NOT NULL,
    wake_sent_at double precision NOT NULL,
    cancel_requested boolean NOT NULL,
    started_at double precision,
    finished_at double precision,
    error_code character varying,
    error_message text,
    error_hint text,
    idempotency_key character varying,
    request_hash character varying,
    CONSTRAINT ck_message_is_completed_when_terminal CHECK ((is_completed = ((status)::text = ANY ((ARRAY['completed'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])))),
    CONSTRAINT ck_message_running_has_lease CHECK ((((status)::text = 'running'::text) = (lease_expires_at IS NOT NULL))),
    CONSTRAINT ck_message_status CHECK (((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying, 'completed'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE TABLE public.message_step (
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    attempt integer NOT NULL,
    ordinal integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    step json NOT NULL
);
CREATE TABLE public.organization (
    id uuid NOT NULL,
    name character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.query_result (
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    ordinal integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    source character varying NOT NULL,
    sql text NOT NULL,
    columns json NOT NULL,
    rows json NOT NULL,
    row_count integer NOT NULL,
    truncated boolean NOT NULL,
    elapsed_ms double precision NOT NULL,
    chart_config json
);
CREATE TABLE public.source (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    created_by uuid NOT NULL,
    updated_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    live boolean,
    name character varying NOT NULL,
    kind character varying NOT NULL,
    locations json NOT NULL
);
CREATE TABLE public.user_account (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.chat VALUES ('3cddfdf2-0a96-40a5-98a2-93d244892469', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:38.640162+00', '2026-11-23 01:18:47.618646+00', NULL, 'What is the total amount by region?', false, false, NULL, NULL, NULL);
INSERT INTO public.chat VALUES ('39375b1d-74a7-4e38-a017-232fbecca6e1', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:48.884908+00', '2026-11-23 01:18:50.556106+00', NULL, 'Counting 🧮', true, false, NULL, NULL, NULL);
INSERT INTO public.chat VALUES ('e94cf8d1-265d-4b32-8878-1d97b910dde1', '1dd7d560-f50f-4b66-814c-1c607dfed855', '94435528-927c-4d20-b822-9cf77f354f4c', '94435528-927c-4d20-b822-9cf77f354f4c', '2026-11-23 01:18:51.67556+00', '2026-11-23 01:18:53.805237+00', NULL, 'Which data?', false, false, NULL, NULL, NULL);
INSERT INTO public.chat VALUES ('37cc1f10-122c-479b-b132-64d38ed63e2c', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:56.085741+00', '2026-11-23 01:18:57.781349+00', '2026-11-23 01:18:57.781349+00', 'to be put away', false, false, NULL, NULL, NULL);
INSERT INTO public.chat VALUES ('cb6088e8-d318-40b2-a048-b7d2c7a7e078', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:59.182142+00', '2026-11-23 01:18:59.182142+00', NULL, 'to fail', false, false, NULL, NULL, NULL);
INSERT INTO public.chat_source VALUES ('c1dc2c15-c9ba-4c5e-a029-a4c69c4d4098', '3cddfdf2-0a96-40a5-98a2-93d244892469', 'e11dce04-e40a-4805-92cc-dce18fea59eb', 1, '2026-11-23 01:18:38.640162+00', '2026-11-23 01:18:38.640162+00');
INSERT INTO public.chat_source VALUES ('ac5a4a3e-8b00-47e6-80a9-b370437f5c4b', '39375b1d-74a7-4e38-a017-232fbecca6e1', 'e11dce04-e40a-4805-92cc-dce18fea59eb', 1, '2026-11-23 01:18:48.884908+00', '2026-11-23 01:18:48.884908+00');
INSERT INTO public.chat_source VALUES ('909138e7-42be-44d9-9e43-94fecfd62313', 'cb6088e8-d318-40b2-a048-b7d2c7a7e078', 'e11dce04-e40a-4805-92cc-dce18fea59eb', 1, '2026-11-23 01:18:59.182142+00', '2026-11-23 01:18:59.182142+00');
INSERT INTO public.message VALUES ('afa05fcc-c3bc-4a4d-90cd-133a95e9aaec', '3cddfdf2-0a96-40a5-98a2-93d244892469', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:38.640162+00', '2026-11-23 01:18:40.750182+00', NULL, 1, 'What is the total amount by region?', 'What is the total amount by region?', 'builtin', NULL, '[{"id": "050c3e1e-1ef3-44db-91f7-490024c86b76", "type": "text", "message": "The total amount by region: highest for North (120), lowest for South (12.5).\n\nAssumptions:\n- Rows without amount are left out.", "is_final_message": true}, {"id": "c8bfb9b0-a579-4224-8ca5-30101b1672e0", "type": "result"}]', '[{"analyst": "builtin", "version": 1, "form": {"source": "sales", "tables": ["sales"], "links": [], "select": [{"of": {"kind": "column", "table": "sales", "column": "region"}, "function": null, "distinct": false, "share": false, "per": null}, {"of": {"kind": "column", "table": "sales", "column": "amount"}, "function": "sum", "distinct": false, "share": false, "per": null}], "supporting": 0, "where": [], "connective": "and", "absent": [], "share_of": [], "group": [{"kind": "column", "table": "sales", "column": "region"}], "having": [], "order": [], "limit": null, "distinct": false, "chart": null}}]', 'answered', NULL, NULL, 'completed', true, 1, 0, 0, 0, 'laptop-4711-0a1b2c3d', NULL, NULL, 1795396718.640162, 1795396718.640162, false, 1795396718.777642, 1795396720.750182, NULL, NULL, NULL, 'first', 'f896fc815d5a67d65b3f1f0a60700c442cb3dc41ebebbcf04584a868cbe83baa');
INSERT INTO public.message VALUES ('d91064da-5060-4f87-a32c-c9d3092e66b2', '3cddfdf2-0a96-40a5-98a2-93d244892469', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:45.962833+00', '2026-11-23 01:18:47.618646+00', NULL, 3, 'Will it rain — ∞ “tomorrow”?', 'Will it rain — ∞ “tomorrow”?', 'builtin', NULL, '[{"id": "a2cd221d-b7b1-4dbb-a90a-58d175237167", "type": "text", "message": "I cannot answer this from the data. Understood: tomorrow. Not understood: \"rain\".\n\nYou could ask:\n- What is the average amount by region in sales?\n- How many sales are there by region?\n- How many sales are there?", "is_final_message": true}]', '[]', 'declined', NULL, NULL, 'completed', true, 1, 0, 0, 0, 'laptop-4711-0a1b2c3d', NULL, NULL, 1795396725.962833, 1795396725.962833, false, 1795396726.182468, 1795396727.618646, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.message VALUES ('8246c602-1183-4909-94e3-d5241cc18365', '3cddfdf2-0a96-40a5-98a2-93d244892469', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:41.98297+00', '2026-11-23 01:18:43.530865+00', NULL, 2, 'and by month?', 'and by month?', 'builtin', 'positive', '[{"id": "8d9abaff-2de2-4a2b-9315-de7686ca1cc4", "type": "text", "message": "The total amount by month: highest for January 2026 (120), lowest for February 2026 (12.5).\n\nAssumptions:\n- Grouped by month in place of what was there; \"split by \u2026\" adds instead of replacing.\n- Rows without amount are left out.\n- Time is taken from day of sales.", "is_final_message": true}, {"id": "f93276f7-c6e4-437a-9a3a-b70088de4c3a", "type": "result"}]', '[{"analyst": "builtin", "version": 1, "form": {"source": "sales", "tables": ["sales"], "links": [], "select": [{"of": {"kind": "grain", "unit": "month", "table": "sales", "date": "day", "parts": []}, "function": null, "distinct": false, "share": false, "per": null}, {"of": {"kind": "column", "table": "sales", "column": "amount"}, "function": "sum", "distinct": false, "share": false, "per": null}], "supporting": 0, "where": [], "connective": "and", "absent": [], "share_of": [], "group": [{"kind": "grain", "unit": "month", "table": "sales", "date": "day", "parts": []}], "having": [], "order": [], "limit": null, "distinct": false, "chart": null}}]', 'answered', NULL, NULL, 'completed', true, 1, 0, 0, 0, 'laptop-4711-0a1b2c3d', NULL, NULL, 1795396721.98297, 1795396721.98297, false, 1795396722.098326, 1795396723.530865, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.message VALUES ('1c232ca9-55d6-49e7-9e31-e73e614ef2e0', '39375b1d-74a7-4e38-a017-232fbecca6e1', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:48.884908+00', '2026-11-23 01:18:49.700397+00', '2026-11-23 01:18:50.556106+00', 1, 'How many rows?', 'How many rows?', 'builtin', NULL, '[]', '[]', NULL, NULL, NULL, 'cancelled', true, 0, 0, 0, 0, NULL, NULL, NULL, 1795396728.884908, 1795396728.884908, false, NULL, 1795396729.700397, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.message VALUES ('543aef91-1abd-4f13-822f-94e8203cb3e4', 'cb6088e8-d318-40b2-a048-b7d2c7a7e078', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:59.182142+00', '2026-11-23 01:19:00.486361+00', NULL, 1, 'to fail', 'to fail', 'builtin', NULL, '[]', '[]', NULL, NULL, NULL, 'failed', true, 2, 1, 1, 0, 'old-2', NULL, NULL, 1795396742.1816273, 0, false, 1795396740.480782, 1795396740.486361, 'QUERY_ERROR', 'No such column', 'Mend it', NULL, NULL);
INSERT INTO public.message VALUES ('aa06f635-c521-438b-a0df-03b38621fac3', 'e94cf8d1-265d-4b32-8878-1d97b910dde1', '1dd7d560-f50f-4b66-814c-1c607dfed855', '94435528-927c-4d20-b822-9cf77f354f4c', '2026-11-23 01:18:51.67556+00', '2026-11-23 01:18:53.805237+00', NULL, 1, 'Which data?', 'Which data?', 'builtin', NULL, '[{"id": "f20a49b8-b3ca-49a9-bcfc-258986a694a4", "type": "text", "message": "Which data is meant? This chat has no source yet. Attach one: `chatctl send -c \"\u2026\" --source PATH`.", "is_final_message": true}]', '[]', 'clarification', NULL, NULL, 'completed', true, 1, 0, 0, 0, 'laptop-4711-0a1b2c3d', NULL, NULL, 1795396731.67556, 1795396731.67556, false, 1795396731.893758, 1795396733.805237, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.message VALUES ('b9ef1f69-b9e6-465a-9d25-de70b67978df', '37cc1f10-122c-479b-b132-64d38ed63e2c', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:56.085741+00', '2026-11-23 01:18:57.781349+00', NULL, 1, 'to be put away', 'to be put away', 'builtin', NULL, '[]', '[]', NULL, NULL, NULL, 'cancelled', true, 0, 0, 0, 0, NULL, NULL, NULL, 1795396736.085741, 1795396736.085741, false, NULL, 1795396737.781349, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.message VALUES ('9a341155-1e9a-4e23-88c0-f4ab51758807', '39375b1d-74a7-4e38-a017-232fbecca6e1', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:50.556106+00', '2026-11-23 01:19:00.496404+00', NULL, 2, 'How many are there?', 'How many are there?', 'builtin', NULL, '[]', '[]', NULL, NULL, NULL, 'running', false, 1, 0, 0, 0, 'old-3', 1795396770.496404, 1795397640.496404, 1795396730.556106, 1795396731.779862, false, 1795396740.496404, NULL, NULL, NULL, NULL, 'second', '5aa99e000c458d202c8c03a582e2dc578e62e8532d803f37e8968318fb528a54');
INSERT INTO public.message_step VALUES ('4728d1fe-ed10-4e9e-acc9-19329c29aa18', 'afa05fcc-c3bc-4a4d-90cd-133a95e9aaec', 1, 1, '2026-11-23 01:18:40.69216+00', '2026-11-23 01:18:40.69216+00', '{"id": "4728d1fe-ed10-4e9e-acc9-19329c29aa18", "type": "text", "title": "Read the catalog", "secondary_title": null, "status": "completed", "message": "sales: 1 tables"}');
INSERT INTO public.message_step VALUES ('df2d1739-e7c2-4bb2-9064-8c204648c7ab', 'afa05fcc-c3bc-4a4d-90cd-133a95e9aaec', 1, 2, '2026-11-23 01:18:40.739643+00', '2026-11-23 01:18:40.739643+00', '{"id": "df2d1739-e7c2-4bb2-9064-8c204648c7ab", "type": "text", "title": "Understood the question", "secondary_title": null, "status": "completed", "message": "amount, region"}');
INSERT INTO public.message_step VALUES ('62a41ba2-9f9e-43ad-8617-05cc448e7108', 'afa05fcc-c3bc-4a4d-90cd-133a95e9aaec', 1, 3, '2026-11-23 01:18:40.739643+00', '2026-11-23 01:18:40.739643+00', '{"id": "62a41ba2-9f9e-43ad-8617-05cc448e7108", "type": "sql", "title": "Run the query", "secondary_title": null, "status": "completed", "source": "sales", "sql": "SELECT\n  region,\n  SUM(amount) AS total_amount\nFROM sales\nGROUP BY\n  region\nORDER BY\n  region ASC", "row_count": 3, "truncated": false, "error": null}');
INSERT INTO public.message_step VALUES ('102bc352-47de-4f87-ad48-b955a94cf293', '8246c602-1183-4909-94e3-d5241cc18365', 1, 1, '2026-11-23 01:18:43.439158+00', '2026-11-23 01:18:43.439158+00', '{"id": "102bc352-47de-4f87-ad48-b955a94cf293", "type": "text", "title": "Read the catalog", "secondary_title": null, "status": "completed", "message": "sales: 1 tables"}');
INSERT INTO public.message_step VALUES ('a2857452-9e32-4831-9060-58cd764d14de', '8246c602-1183-4909-94e3-d5241cc18365', 1, 2, '2026-11-23 01:18:43.524284+00', '2026-11-23 01:18:43.524284+00', '{"id": "a2857452-9e32-4831-9060-58cd764d14de", "type": "sql", "title": "Run the query", "secondary_title": null, "status": "completed", "source": "sales", "sql": "SELECT\n  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) AS month,\n  SUM(amount) AS total_amount\nFROM sales\nGROUP BY\n  CAST(DATE_TRUNC(''MONTH'', day) AS DATE)\nORDER BY\n  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) ASC", "row_count": 2, "truncated": false, "error": null}');
INSERT INTO public.message_step VALUES ('a67c9ab7-c46a-418f-a0e9-deffca201698', 'd91064da-5060-4f87-a32c-c9d3092e66b2', 1, 1, '2026-11-23 01:18:47.461266+00', '2026-11-23 01:18:47.461266+00', '{"id": "a67c9ab7-c46a-418f-a0e9-deffca201698", "type": "text", "title": "Read the catalog", "secondary_title": null, "status": "completed", "message": "sales: 1 tables"}');
INSERT INTO public.message_step VALUES ('a270442f-af69-49fa-ad5b-a04f9a951e57', 'd91064da-5060-4f87-a32c-c9d3092e66b2', 1, 2, '2026-11-23 01:18:47.611691+00', '2026-11-23 01:18:47.611691+00', '{"id": "a270442f-af69-49fa-ad5b-a04f9a951e57", "type": "text", "title": "Understood the question", "secondary_title": null, "status": "completed", "message": "tomorrow"}');
INSERT INTO public.organization VALUES ('09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'local', '2026-11-23 01:18:35.307445+00', '2026-11-23 01:18:35.307445+00');
INSERT INTO public.organization VALUES ('1dd7d560-f50f-4b66-814c-1c607dfed855', 'guild', '2026-11-23 01:18:51.64634+00', '2026-11-23 01:18:51.64634+00');
INSERT INTO public.query_result VALUES ('c8bfb9b0-a579-4224-8ca5-30101b1672e0', 'afa05fcc-c3bc-4a4d-90cd-133a95e9aaec', 1, '2026-11-23 01:18:40.750182+00', '2026-11-23 01:18:40.750182+00', 'sales', 'SELECT
  region,
  SUM(amount) AS total_amount
FROM sales
GROUP BY
  region
ORDER BY
  region ASC', '[{"name": "region", "type": "text"}, {"name": "total_amount", "type": "number"}]', '[["North", 120.0], ["South", 12.5], [null, null]]', 3, false, 4.553897000732832, '{"selected_chart_type": "bar", "bar_and_line_axis": {"x": ["region"], "y": ["total_amount"], "category": []}, "metric_column_id": null}');
INSERT INTO public.query_result VALUES ('f93276f7-c6e4-437a-9a3a-b70088de4c3a', '8246c602-1183-4909-94e3-d5241cc18365', 1, '2026-11-23 01:18:43.530865+00', '2026-11-23 01:18:43.530865+00', 'sales', 'SELECT
  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) AS month,
  SUM(amount) AS total_amount
FROM sales
GROUP BY
  CAST(DATE_TRUNC(''MONTH'', day) AS DATE)
ORDER BY
  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) ASC', '[{"name": "month", "type": "date"}, {"name": "total_amount", "type": "number"}]', '[["2026-01-01", 120.0], ["2026-02-01", 12.5]]', 2, false, 3.6065380008949433, '{"selected_chart_type": "line", "bar_and_line_axis": {"x": ["month"], "y": ["total_amount"], "category": []}, "metric_column_id": null}');
INSERT INTO public.source VALUES ('e11dce04-e40a-4805-92cc-dce18fea59eb', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:35.621937+00', '2026-11-23 01:18:35.621937+00', NULL, true, 'sales', 'files', '["/srv/sales/sales.csv"]');
INSERT INTO public.source VALUES ('36c9e12f-51ab-4d52-b35a-619772ab847b', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', 'd0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '2026-11-23 01:18:36.744604+00', '2026-11-23 01:18:36.744604+00', '2026-11-23 01:18:37.525035+00', NULL, 'gone', 'files', '["/srv/sales/sales.csv"]');
INSERT INTO public.user_account VALUES ('d0ff5a57-1cf1-480d-94c2-ee366b8ab38c', '09e3c8fd-bd45-41c4-b06e-9b9303fbba19', 'ada', '2026-11-23 01:18:35.307445+00', '2026-11-23 01:18:35.307445+00');
INSERT INTO public.user_account VALUES ('94435528-927c-4d20-b822-9cf77f354f4c', '1dd7d560-f50f-4b66-814c-1c607dfed855', 'Bärbel', '2026-11-23 01:18:51.64634+00', '2026-11-23 01:18:51.64634+00');
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.chat
    ADD CONSTRAINT pk_chat PRIMARY KEY (id);
ALTER TABLE ONLY public.chat_source
    ADD CONSTRAINT pk_chat_source PRIMARY KEY (id);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT pk_message PRIMARY KEY (id);
ALTER TABLE ONLY public.message_step
    ADD CONSTRAINT pk_message_step PRIMARY KEY (id);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT pk_organization PRIMARY KEY (id);
ALTER TABLE ONLY public.query_result
    ADD CONSTRAINT pk_query_result PRIMARY KEY (id);
ALTER TABLE ONLY public.source
    ADD CONSTRAINT pk_source PRIMARY KEY (id);
ALTER TABLE ONLY public.user_account
    ADD CONSTRAINT pk_user_account PRIMARY KEY (id);
ALTER TABLE ONLY public.chat_source
    ADD CONSTRAINT uq_chat_source_chat_id_ordinal UNIQUE (chat_id, ordinal);
ALTER TABLE ONLY public.chat_source
    ADD CONSTRAINT uq_chat_source_chat_id_source_id UNIQUE (chat_id, source_id);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT uq_message_chat_id_position UNIQUE (chat_id, "position");
ALTER TABLE ONLY public.message
    ADD CONSTRAINT uq_message_organization_id_created_by_idempotency_key UNIQUE (organization_id, created_by, idempotency_key);
ALTER TABLE ONLY public.message_step
    ADD CONSTRAINT uq_message_step_message_id_attempt_ordinal UNIQUE (message_id, attempt, ordinal);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT uq_organization_name UNIQUE (name);
ALTER TABLE ONLY public.query_result
    ADD CONSTRAINT uq_query_result_message_id_ordinal UNIQUE (message_id, ordinal);
ALTER TABLE ONLY public.source
    ADD CONSTRAINT uq_source_organization_id_name_live UNIQUE (organization_id, name, live);
ALTER TABLE ONLY public.user_account
    ADD CONSTRAINT uq_user_account_organization_id_name UNIQUE (organization_id, name);
CREATE INDEX ix_chat_owner ON public.chat USING btree (organization_id, created_by, updated_at, id);
CREATE INDEX ix_chat_source_source_id ON public.chat_source USING btree (source_id);
CREATE INDEX ix_message_author ON public.message USING btree (created_by, created_at);
CREATE INDEX ix_message_due ON public.message USING btree (status, not_before);
CREATE INDEX ix_message_open ON public.message USING btree (chat_id, status, "position");
CREATE UNIQUE INDEX ix_message_running ON public.message USING btree (chat_id) WHERE ((status)::text = 'running'::text);
ALTER TABLE ONLY public.chat
    ADD CONSTRAINT fk_chat_created_by FOREIGN KEY (created_by) REFERENCES public.user_account(id);
ALTER TABLE ONLY public.chat
    ADD CONSTRAINT fk_chat_organization_id FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.chat_source
    ADD CONSTRAINT fk_chat_source_chat_id FOREIGN KEY (chat_id) REFERENCES public.chat(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.chat_source
    ADD CONSTRAINT fk_chat_source_source_id FOREIGN KEY (source_id) REFERENCES public.source(id);
ALTER TABLE ONLY public.chat
    ADD CONSTRAINT fk_chat_updated_by FOREIGN KEY (updated_by) REFERENCES public.user_account(id);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT fk_message_chat_id FOREIGN KEY (chat_id) REFERENCES public.chat(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.message
    ADD CONSTRAINT fk_message_created_by FOREIGN KEY (created_by) REFERENCES public.user_account(id);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT fk_message_organization_id FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.message_step
    ADD CONSTRAINT fk_message_step_message_id FOREIGN KEY (message_id) REFERENCES public.message(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.query_result
    ADD CONSTRAINT fk_query_result_message_id FOREIGN KEY (message_id) REFERENCES public.message(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.source
    ADD CONSTRAINT fk_source_created_by FOREIGN KEY (created_by) REFERENCES public.user_account(id);
ALTER TABLE ONLY public.source
    ADD CONSTRAINT fk_source_organization_id FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.source
    ADD CONSTRAINT fk_source_updated_by FOREIGN KEY (updated_by) REFERENCES public.user_account(id);
ALTER TABLE ONLY public.user_account
    ADD CONSTRAINT fk_user_account_organization_id FOREIGN KEY (organization_id) REFERENCES public.organization(id);
