BEGIN TRANSACTION;
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE chat (
	id CHAR(32) NOT NULL, 
	organization_id CHAR(32) NOT NULL, 
	created_by CHAR(32) NOT NULL, 
	updated_by CHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	deleted_at DATETIME, 
	title TEXT NOT NULL, 
	title_set BOOLEAN NOT NULL, 
	publicly_accessible BOOLEAN NOT NULL, 
	most_recent_file_id CHAR(32), 
	most_recent_file_type VARCHAR, 
	most_recent_version_number INTEGER, 
	CONSTRAINT pk_chat PRIMARY KEY (id), 
	CONSTRAINT fk_chat_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT fk_chat_created_by FOREIGN KEY(created_by) REFERENCES user_account (id), 
	CONSTRAINT fk_chat_updated_by FOREIGN KEY(updated_by) REFERENCES user_account (id)
);
INSERT INTO "chat" VALUES('ca5a4d81fbf746458ef287e543ff125b','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:15.175815','2026-11-23 01:18:24.439434',NULL,'What is the total amount by region?',0,0,NULL,NULL,NULL);
INSERT INTO "chat" VALUES('af624ef25cfb4bb5b6c23b5c2147f387','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:25.427632','2026-11-23 01:18:27.168486',NULL,'Counting 🧮',1,0,NULL,NULL,NULL);
INSERT INTO "chat" VALUES('92a8bd3427444c3fbab6731ef0475a5f','ddf0e5ef699e4536b1fdb3bf8387c023','0e4761c0e0384dbca169643808467770','0e4761c0e0384dbca169643808467770','2026-11-23 01:18:27.903577','2026-11-23 01:18:28.881130',NULL,'Which data?',0,0,NULL,NULL,NULL);
INSERT INTO "chat" VALUES('682b642204a4491c8e54dc7721566c06','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:29.897620','2026-11-23 01:18:30.900283','2026-11-23 01:18:30.900283','to be put away',0,0,NULL,NULL,NULL);
INSERT INTO "chat" VALUES('ea6e8a245c194714ad5f8fb18da16dbc','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:31.725716','2026-11-23 01:18:31.725716',NULL,'to fail',0,0,NULL,NULL,NULL);
CREATE TABLE chat_source (
	id CHAR(32) NOT NULL, 
	chat_id CHAR(32) NOT NULL, 
	source_id CHAR(32) NOT NULL, 
	ordinal INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_chat_source PRIMARY KEY (id), 
	CONSTRAINT uq_chat_source_chat_id_source_id UNIQUE (chat_id, source_id), 
	CONSTRAINT uq_chat_source_chat_id_ordinal UNIQUE (chat_id, ordinal), 
	CONSTRAINT fk_chat_source_chat_id FOREIGN KEY(chat_id) REFERENCES chat (id) ON DELETE CASCADE, 
	CONSTRAINT fk_chat_source_source_id FOREIGN KEY(source_id) REFERENCES source (id)
);
INSERT INTO "chat_source" VALUES('fda4f3d10f9044c4986e965fe0b6d050','ca5a4d81fbf746458ef287e543ff125b','fbbfbadfe196404ea33bba055afc9a34',1,'2026-11-23 01:18:15.175815','2026-11-23 01:18:15.175815');
INSERT INTO "chat_source" VALUES('b56fe341461b4d33ba8a16ad99a61310','af624ef25cfb4bb5b6c23b5c2147f387','fbbfbadfe196404ea33bba055afc9a34',1,'2026-11-23 01:18:25.427632','2026-11-23 01:18:25.427632');
INSERT INTO "chat_source" VALUES('e3a4d3ac4b2b48d18a3640f6eec56aea','ea6e8a245c194714ad5f8fb18da16dbc','fbbfbadfe196404ea33bba055afc9a34',1,'2026-11-23 01:18:31.725716','2026-11-23 01:18:31.725716');
CREATE TABLE message (
	id CHAR(32) NOT NULL, 
	chat_id CHAR(32) NOT NULL, 
	organization_id CHAR(32) NOT NULL, 
	created_by CHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	deleted_at DATETIME, 
	position INTEGER NOT NULL, 
	request_message TEXT, 
	title TEXT NOT NULL, 
	model VARCHAR NOT NULL, 
	feedback VARCHAR, 
	response JSON NOT NULL, 
	raw_llm_messages JSON NOT NULL, 
	outcome VARCHAR, 
	usage JSON, 
	grounding JSON, 
	status VARCHAR NOT NULL, 
	is_completed BOOLEAN NOT NULL, 
	attempt INTEGER NOT NULL, 
	errors INTEGER NOT NULL, 
	crashes INTEGER NOT NULL, 
	lost INTEGER NOT NULL, 
	worker_id VARCHAR, 
	lease_expires_at FLOAT, 
	deadline_at FLOAT, 
	not_before FLOAT NOT NULL, 
	wake_sent_at FLOAT NOT NULL, 
	cancel_requested BOOLEAN NOT NULL, 
	started_at FLOAT, 
	finished_at FLOAT, 
	error_code VARCHAR, 
	error_message TEXT, 
	error_hint TEXT, 
	idempotency_key VARCHAR, 
	request_hash VARCHAR, 
	CONSTRAINT pk_message PRIMARY KEY (id), 
	CONSTRAINT uq_message_chat_id_position UNIQUE (chat_id, position), 
	CONSTRAINT uq_message_organization_id_created_by_idempotency_key UNIQUE (organization_id, created_by, idempotency_key), 
	CONSTRAINT ck_message_status CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')), 
	CONSTRAINT ck_message_is_completed_when_terminal CHECK (is_completed = (status IN ('completed', 'failed', 'cancelled'))), 
	CONSTRAINT ck_message_running_has_lease CHECK ((status = 'running') = (lease_expires_at IS NOT NULL)), 
	CONSTRAINT fk_message_chat_id FOREIGN KEY(chat_id) REFERENCES chat (id) ON DELETE CASCADE, 
	CONSTRAINT fk_message_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT fk_message_created_by FOREIGN KEY(created_by) REFERENCES user_account (id)
);
INSERT INTO "message" VALUES('6ca5b634326747b8a091ef70c9e2871d','ca5a4d81fbf746458ef287e543ff125b','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:15.175815','2026-11-23 01:18:16.768739',NULL,1,'What is the total amount by region?','What is the total amount by region?','builtin',NULL,'[{"id": "f4c533d5-e44f-4921-befc-e59806c307ac", "type": "text", "message": "The total amount by region: highest for North (120), lowest for South (12.5).\n\nAssumptions:\n- Rows without amount are left out.", "is_final_message": true}, {"id": "bc283a9e-856f-47ab-9cb7-952c4d6b813a", "type": "result"}]','[{"analyst": "builtin", "version": 1, "form": {"source": "sales", "tables": ["sales"], "links": [], "select": [{"of": {"kind": "column", "table": "sales", "column": "region"}, "function": null, "distinct": false, "share": false, "per": null}, {"of": {"kind": "column", "table": "sales", "column": "amount"}, "function": "sum", "distinct": false, "share": false, "per": null}], "supporting": 0, "where": [], "connective": "and", "absent": [], "share_of": [], "group": [{"kind": "column", "table": "sales", "column": "region"}], "having": [], "order": [], "limit": null, "distinct": false, "chart": null}}]','answered',NULL,NULL,'completed',1,1,0,0,0,'laptop-4711-0a1b2c3d',NULL,NULL,1.79539669517581534389e+09,1.79539669517581534389e+09,0,1.79539669528368091584e+09,1.79539669676873898506e+09,NULL,NULL,NULL,'first','f896fc815d5a67d65b3f1f0a60700c442cb3dc41ebebbcf04584a868cbe83baa');
INSERT INTO "message" VALUES('73f5dfb7cbd54d21a8d4c16f4ada8e90','ca5a4d81fbf746458ef287e543ff125b','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:17.961416','2026-11-23 01:18:20.035666',NULL,2,'and by month?','and by month?','builtin','positive','[{"id": "19e710eb-b79c-4830-8051-723f75f7a63f", "type": "text", "message": "The total amount by month: highest for January 2026 (120), lowest for February 2026 (12.5).\n\nAssumptions:\n- Grouped by month in place of what was there; \"split by \u2026\" adds instead of replacing.\n- Rows without amount are left out.\n- Time is taken from day of sales.", "is_final_message": true}, {"id": "96e183c4-5101-42c6-84af-3afc582a8509", "type": "result"}]','[{"analyst": "builtin", "version": 1, "form": {"source": "sales", "tables": ["sales"], "links": [], "select": [{"of": {"kind": "grain", "unit": "month", "table": "sales", "date": "day", "parts": []}, "function": null, "distinct": false, "share": false, "per": null}, {"of": {"kind": "column", "table": "sales", "column": "amount"}, "function": "sum", "distinct": false, "share": false, "per": null}], "supporting": 0, "where": [], "connective": "and", "absent": [], "share_of": [], "group": [{"kind": "grain", "unit": "month", "table": "sales", "date": "day", "parts": []}], "having": [], "order": [], "limit": null, "distinct": false, "chart": null}}]','answered',NULL,NULL,'completed',1,1,0,0,0,'laptop-4711-0a1b2c3d',NULL,NULL,1.79539669796141552931e+09,1.79539669796141552931e+09,0,1.79539669809367012981e+09,1.79539670003566622733e+09,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "message" VALUES('5a6832207ad847cbbc3e46d092ae92db','ca5a4d81fbf746458ef287e543ff125b','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:22.511907','2026-11-23 01:18:24.439434',NULL,3,'Will it rain — ∞ “tomorrow”?','Will it rain — ∞ “tomorrow”?','builtin',NULL,'[{"id": "14c09aca-a7f9-41ef-8cb6-8b2afba61076", "type": "text", "message": "I cannot answer this from the data. Understood: tomorrow. Not understood: \"rain\".\n\nYou could ask:\n- What is the average amount by region in sales?\n- How many sales are there by region?\n- How many sales are there?", "is_final_message": true}]','[]','declined',NULL,NULL,'completed',1,1,0,0,0,'laptop-4711-0a1b2c3d',NULL,NULL,1.79539670251190733914e+09,1.79539670251190733914e+09,0,1.79539670264670252804e+09,1.79539670443943381308e+09,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "message" VALUES('7d80074b9e3a49c0825d42f61bc55010','af624ef25cfb4bb5b6c23b5c2147f387','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:25.427632','2026-11-23 01:18:26.383317','2026-11-23 01:18:27.168486',1,'How many rows?','How many rows?','builtin',NULL,'[]','[]',NULL,NULL,NULL,'cancelled',1,0,0,0,0,NULL,NULL,NULL,1.79539670542763233184e+09,1.79539670542763233184e+09,0,NULL,1.79539670638331747051e+09,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "message" VALUES('9e73e9a2744a4ba0a46cd4de77f885c0','af624ef25cfb4bb5b6c23b5c2147f387','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:27.168486','2026-11-23 01:18:32.559942',NULL,2,'How many are there?','How many are there?','builtin',NULL,'[]','[]',NULL,NULL,NULL,'running',0,1,0,0,0,'old-3',1.79539674255994248387e+09,1.7953976125599424839e+09,1.79539670716848564144e+09,1.79539670716848564144e+09,0,1.79539671255994248387e+09,NULL,NULL,NULL,NULL,'second','cf591155619d23ffb8d077b754bfc7ad06ffbd1e58f51f2eb860d4c1c5445048');
INSERT INTO "message" VALUES('5731a7afaddb457a878df5ae63023950','92a8bd3427444c3fbab6731ef0475a5f','ddf0e5ef699e4536b1fdb3bf8387c023','0e4761c0e0384dbca169643808467770','2026-11-23 01:18:27.903577','2026-11-23 01:18:28.881130',NULL,1,'Which data?','Which data?','builtin',NULL,'[{"id": "16f56c89-ef37-490d-858d-4c98fdc06b63", "type": "text", "message": "Which data is meant? This chat has no source yet. Attach one: `chatctl send -c \"\u2026\" --source PATH`.", "is_final_message": true}]','[]','clarification',NULL,NULL,'completed',1,1,0,0,0,'laptop-4711-0a1b2c3d',NULL,NULL,1.79539670790357708935e+09,1.79539670790357708935e+09,0,1.7953967079866893291e+09,1.7953967088811304569e+09,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "message" VALUES('4d8081f6ead944e1aa7e37ad82b8df8e','682b642204a4491c8e54dc7721566c06','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:29.897620','2026-11-23 01:18:30.900283',NULL,1,'to be put away','to be put away','builtin',NULL,'[]','[]',NULL,NULL,NULL,'cancelled',1,0,0,0,0,NULL,NULL,NULL,1.79539670989762043949e+09,1.79539670989762043949e+09,0,NULL,1.79539671090028309825e+09,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "message" VALUES('f83f605a5b83424391f76c5e2b6e58ee','ea6e8a245c194714ad5f8fb18da16dbc','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:31.725716','2026-11-23 01:18:32.555115',NULL,1,'to fail','to fail','builtin',NULL,'[]','[]',NULL,NULL,NULL,'failed',1,2,1,1,0,'old-2',NULL,NULL,1.79539671432125210763e+09,0.0,0,1.79539671255314731601e+09,1.79539671255511498453e+09,'QUERY_ERROR','No such column','Mend it',NULL,NULL);
CREATE TABLE message_step (
	id CHAR(32) NOT NULL, 
	message_id CHAR(32) NOT NULL, 
	attempt INTEGER NOT NULL, 
	ordinal INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	step JSON NOT NULL, 
	CONSTRAINT pk_message_step PRIMARY KEY (id), 
	CONSTRAINT uq_message_step_message_id_attempt_ordinal UNIQUE (message_id, attempt, ordinal), 
	CONSTRAINT fk_message_step_message_id FOREIGN KEY(message_id) REFERENCES message (id) ON DELETE CASCADE
);
INSERT INTO "message_step" VALUES('5bd9c91b82db472abeeb9fb697271310','6ca5b634326747b8a091ef70c9e2871d',1,1,'2026-11-23 01:18:16.730697','2026-11-23 01:18:16.730697','{"id": "5bd9c91b-82db-472a-beeb-9fb697271310", "type": "text", "title": "Read the catalog", "secondary_title": null, "status": "completed", "message": "sales: 1 tables"}');
INSERT INTO "message_step" VALUES('7f565141831d4ddc97d6cdc7562c378e','6ca5b634326747b8a091ef70c9e2871d',1,2,'2026-11-23 01:18:16.763988','2026-11-23 01:18:16.763988','{"id": "7f565141-831d-4ddc-97d6-cdc7562c378e", "type": "text", "title": "Understood the question", "secondary_title": null, "status": "completed", "message": "amount, region"}');
INSERT INTO "message_step" VALUES('297cc97e3fc74827af6183b1042a0384','6ca5b634326747b8a091ef70c9e2871d',1,3,'2026-11-23 01:18:16.763988','2026-11-23 01:18:16.763988','{"id": "297cc97e-3fc7-4827-af61-83b1042a0384", "type": "sql", "title": "Run the query", "secondary_title": null, "status": "completed", "source": "sales", "sql": "SELECT\n  region,\n  SUM(amount) AS total_amount\nFROM sales\nGROUP BY\n  region\nORDER BY\n  region ASC", "row_count": 3, "truncated": false, "error": null}');
INSERT INTO "message_step" VALUES('6282c52670f14016a5b0e1dead34f3e6','73f5dfb7cbd54d21a8d4c16f4ada8e90',1,1,'2026-11-23 01:18:19.817171','2026-11-23 01:18:19.817171','{"id": "6282c526-70f1-4016-a5b0-e1dead34f3e6", "type": "text", "title": "Read the catalog", "secondary_title": null, "status": "completed", "message": "sales: 1 tables"}');
INSERT INTO "message_step" VALUES('f1b5a6b1ca454238b30523d14df17719','73f5dfb7cbd54d21a8d4c16f4ada8e90',1,2,'2026-11-23 01:18:20.031248','2026-11-23 01:18:20.031248','{"id": "f1b5a6b1-ca45-4238-b305-23d14df17719", "type": "sql", "title": "Run the query", "secondary_title": null, "status": "completed", "source": "sales", "sql": "SELECT\n  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) AS month,\n  SUM(amount) AS total_amount\nFROM sales\nGROUP BY\n  CAST(DATE_TRUNC(''MONTH'', day) AS DATE)\nORDER BY\n  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) ASC", "row_count": 2, "truncated": false, "error": null}');
INSERT INTO "message_step" VALUES('53128cc72e284c588c367720b1cd7e99','5a6832207ad847cbbc3e46d092ae92db',1,1,'2026-11-23 01:18:24.243381','2026-11-23 01:18:24.243381','{"id": "53128cc7-2e28-4c58-8c36-7720b1cd7e99", "type": "text", "title": "Read the catalog", "secondary_title": null, "status": "completed", "message": "sales: 1 tables"}');
INSERT INTO "message_step" VALUES('d0b49bc305a44885933816caa3ec96b0','5a6832207ad847cbbc3e46d092ae92db',1,2,'2026-11-23 01:18:24.430667','2026-11-23 01:18:24.430667','{"id": "d0b49bc3-05a4-4885-9338-16caa3ec96b0", "type": "text", "title": "Understood the question", "secondary_title": null, "status": "completed", "message": "tomorrow"}');
CREATE TABLE organization (
	id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_organization PRIMARY KEY (id), 
	CONSTRAINT uq_organization_name UNIQUE (name)
);
INSERT INTO "organization" VALUES('ed6d36b6b6b5481fb65c733037a557b7','local','2026-11-23 01:18:10.272404','2026-11-23 01:18:10.272404');
INSERT INTO "organization" VALUES('ddf0e5ef699e4536b1fdb3bf8387c023','guild','2026-11-23 01:18:27.890410','2026-11-23 01:18:27.890410');
CREATE TABLE query_result (
	id CHAR(32) NOT NULL, 
	message_id CHAR(32) NOT NULL, 
	ordinal INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	source VARCHAR NOT NULL, 
	sql TEXT NOT NULL, 
	columns JSON NOT NULL, 
	rows JSON NOT NULL, 
	row_count INTEGER NOT NULL, 
	truncated BOOLEAN NOT NULL, 
	elapsed_ms FLOAT NOT NULL, 
	chart_config JSON, 
	CONSTRAINT pk_query_result PRIMARY KEY (id), 
	CONSTRAINT uq_query_result_message_id_ordinal UNIQUE (message_id, ordinal), 
	CONSTRAINT fk_query_result_message_id FOREIGN KEY(message_id) REFERENCES message (id) ON DELETE CASCADE
);
INSERT INTO "query_result" VALUES('bc283a9e856f47ab9cb7952c4d6b813a','6ca5b634326747b8a091ef70c9e2871d',1,'2026-11-23 01:18:16.768739','2026-11-23 01:18:16.768739','sales','SELECT
  region,
  SUM(amount) AS total_amount
FROM sales
GROUP BY
  region
ORDER BY
  region ASC','[{"name": "region", "type": "text"}, {"name": "total_amount", "type": "number"}]','[["North", 120.0], ["South", 12.5], [null, null]]',3,0,3.36096800128871109336e+00,'{"selected_chart_type": "bar", "bar_and_line_axis": {"x": ["region"], "y": ["total_amount"], "category": []}, "metric_column_id": null}');
INSERT INTO "query_result" VALUES('96e183c4510142c684af3afc582a8509','73f5dfb7cbd54d21a8d4c16f4ada8e90',1,'2026-11-23 01:18:20.035666','2026-11-23 01:18:20.035666','sales','SELECT
  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) AS month,
  SUM(amount) AS total_amount
FROM sales
GROUP BY
  CAST(DATE_TRUNC(''MONTH'', day) AS DATE)
ORDER BY
  CAST(DATE_TRUNC(''MONTH'', day) AS DATE) ASC','[{"name": "month", "type": "date"}, {"name": "total_amount", "type": "number"}]','[["2026-01-01", 120.0], ["2026-02-01", 12.5]]',2,0,3.28430000081425532698e+00,'{"selected_chart_type": "line", "bar_and_line_axis": {"x": ["month"], "y": ["total_amount"], "category": []}, "metric_column_id": null}');
CREATE TABLE source (
	id CHAR(32) NOT NULL, 
	organization_id CHAR(32) NOT NULL, 
	created_by CHAR(32) NOT NULL, 
	updated_by CHAR(32) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	deleted_at DATETIME, 
	live BOOLEAN, 
	name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	locations JSON NOT NULL, 
	CONSTRAINT pk_source PRIMARY KEY (id), 
	CONSTRAINT uq_source_organization_id_name_live UNIQUE (organization_id, name, live), 
	CONSTRAINT fk_source_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id), 
	CONSTRAINT fk_source_created_by FOREIGN KEY(created_by) REFERENCES user_account (id), 
	CONSTRAINT fk_source_updated_by FOREIGN KEY(updated_by) REFERENCES user_account (id)
);
INSERT INTO "source" VALUES('fbbfbadfe196404ea33bba055afc9a34','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:11.120583','2026-11-23 01:18:11.120583',NULL,1,'sales','files','["/srv/sales/sales.csv"]');
INSERT INTO "source" VALUES('b8a3b6ac2f5744d5bef1e1ac41939c1b','ed6d36b6b6b5481fb65c733037a557b7','555d1ac02bc7448abe76daf216525945','555d1ac02bc7448abe76daf216525945','2026-11-23 01:18:13.043749','2026-11-23 01:18:13.043749','2026-11-23 01:18:14.113347',NULL,'gone','files','["/srv/sales/sales.csv"]');
CREATE TABLE user_account (
	id CHAR(32) NOT NULL, 
	organization_id CHAR(32) NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_user_account PRIMARY KEY (id), 
	CONSTRAINT uq_user_account_organization_id_name UNIQUE (organization_id, name), 
	CONSTRAINT fk_user_account_organization_id FOREIGN KEY(organization_id) REFERENCES organization (id)
);
INSERT INTO "user_account" VALUES('555d1ac02bc7448abe76daf216525945','ed6d36b6b6b5481fb65c733037a557b7','ada','2026-11-23 01:18:10.272404','2026-11-23 01:18:10.272404');
INSERT INTO "user_account" VALUES('0e4761c0e0384dbca169643808467770','ddf0e5ef699e4536b1fdb3bf8387c023','Bärbel','2026-11-23 01:18:27.890410','2026-11-23 01:18:27.890410');
CREATE INDEX ix_chat_owner ON chat (organization_id, created_by, updated_at, id);
CREATE INDEX ix_message_due ON message (status, not_before);
CREATE INDEX ix_message_author ON message (created_by, created_at);
CREATE INDEX ix_message_open ON message (chat_id, status, position);
CREATE UNIQUE INDEX ix_message_running ON message (chat_id) WHERE status = 'running';
CREATE INDEX ix_chat_source_source_id ON chat_source (source_id);
COMMIT;
