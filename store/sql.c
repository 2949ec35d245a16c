/* The table of the store's SQL statements. */

#include "config.h"

#include "store/sql.h"

/* Parameters 1 to 18 are the same in the two statements that write a row. */
const char *const sql_text[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",

	[SQL_STORE_GET] = "SELECT s.uuid, s.epoch, s.log, l.uuid, "
			  "s.oldest_day "
			  "FROM store s JOIN log l ON l.id = s.log "
			  "WHERE s.id = 1",
	[SQL_STORE_PUT] = "UPDATE store SET uuid = ?1, epoch = ?2, log = ?3 "
			  "WHERE id = 1",
	[SQL_STORE_DAY] = "UPDATE store SET oldest_day = ?1 WHERE id = 1",

	[SQL_LOG_ADD] = "INSERT INTO log (uuid) VALUES (?1)",
	[SQL_LOG_FIND] = "SELECT id FROM log WHERE uuid = ?1",
	[SQL_LOG_PAGE] = "SELECT id, uuid FROM log WHERE id > ?1 "
			 "ORDER BY id LIMIT ?2",
	[SQL_LOG_OLDER] = "SELECT id, uuid FROM log WHERE id < ?1 "
			  "ORDER BY id DESC",

	[SQL_ENTRY_ADD] = "INSERT INTO entry (key, time, text) "
			  "VALUES (?1, ?2, ?3)",
	[SQL_ENTRY_LAST] = "SELECT key, time FROM entry "
			   "WHERE key >= ?1 AND key < ?2 "
			   "ORDER BY key DESC LIMIT 1",
	[SQL_ENTRY_PAGE] = "SELECT key, text FROM entry "
			   "WHERE key >= ?1 AND key < ?2 "
			   "ORDER BY key LIMIT ?3",

	[SQL_CHECKPOINT_PUT] = "INSERT INTO checkpoint (key, text) "
			       "VALUES (?1, ?2) ON CONFLICT (key) "
			       "DO UPDATE SET text = excluded.text",
	[SQL_CHECKPOINT_LAST] = "SELECT key, text FROM checkpoint "
				"WHERE key >= ?1 AND key < ?2 "
				"ORDER BY key DESC LIMIT 1",

	[SQL_PUBLISHER_ADD] = "INSERT INTO publisher (key) VALUES (?1)",
	[SQL_PUBLISHER_FIND] = "SELECT id FROM publisher WHERE key = ?1",
	[SQL_FAMILY_ADD] = "INSERT INTO family (publisher, name) "
			   "VALUES (?1, ?2)",
	[SQL_FAMILY_FIND] = "SELECT f.id FROM publisher p JOIN family f "
			    "ON f.publisher = p.id "
			    "WHERE p.key = ?1 AND f.name = ?2",
	[SQL_FAMILY_PAGE] = "SELECT f.id, p.key, f.name FROM family f "
			    "JOIN publisher p ON p.id = f.publisher "
			    "WHERE f.id > ?1 ORDER BY f.id LIMIT ?2",
	[SQL_PRODUCT_ADD] = "INSERT INTO product (publisher, uuid) "
			    "VALUES (?1, ?2)",
	[SQL_PRODUCT_FIND] = "SELECT r.id FROM publisher p JOIN product r "
			     "ON r.publisher = p.id "
			     "WHERE p.key = ?1 AND r.uuid = ?2",

	[SQL_BUCKET_SUM] = "SELECT coalesce(sum(physical), 0), "
			   "coalesce(sum(virtual), 0) FROM bucket "
			   "WHERE family = ?1 AND day >= ?2",
	[SQL_BUCKET_MOVE] = "UPDATE bucket SET physical = physical + ?3, "
			    "virtual = virtual + ?4 "
			    "WHERE family = ?1 AND day = ?2",
	[SQL_BUCKET_ADD] = "INSERT INTO bucket "
			   "(family, day, physical, virtual) "
			   "VALUES (?1, ?2, ?3, ?4)",

	[SQL_MACHINE_FIND] = "SELECT id, product, counted, virtual, epoch, "
			     "base, cur, time, nonce, expires, decided_day, "
			     "decisions, refusal_code, refusal_day, refusals "
			     "FROM machine WHERE family = ?1 AND machine = ?2",
	[SQL_MACHINE_ADD] = "INSERT INTO machine "
			    "(counted, virtual, epoch, base, cur, time, "
			    "nonce, name, host, hardware, seen, expires, "
			    "code, decided_day, decisions, refusal_code, "
			    "refusal_day, refusals, family, machine, product) "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
			    "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
			    "?19, ?20, ?21)",
	[SQL_MACHINE_PUT] = "UPDATE machine SET counted = ?1, virtual = ?2, "
			    "epoch = ?3, base = ?4, cur = ?5, time = ?6, "
			    "nonce = ?7, name = ?8, host = ?9, "
			    "hardware = ?10, seen = ?11, expires = ?12, "
			    "code = ?13, decided_day = ?14, decisions = ?15, "
			    "refusal_code = ?16, refusal_day = ?17, "
			    "refusals = ?18 WHERE id = ?19",
	[SQL_MACHINE_UNCOUNT] = "UPDATE machine SET counted = NULL "
				"WHERE id = ?1",
	[SQL_MACHINE_PAGE] = "SELECT m.id, m.machine, p.key, r.uuid, m.host, "
			     "m.seen, m.expires, m.cur, m.virtual, m.code, "
			     "m.epoch FROM machine m "
			     "JOIN product r ON r.id = m.product "
			     "JOIN publisher p ON p.id = r.publisher "
			     "WHERE m.id > ?1 ORDER BY m.id LIMIT ?2",

	[SQL_DOCUMENT_REVISION] = "SELECT revision FROM document "
				  "WHERE type = ?1 AND publisher = ?2 "
				  "AND object = ?3",
	[SQL_DOCUMENT_PUT] = "INSERT INTO document "
			     "(type, publisher, object, revision, bytes) "
			     "VALUES (?1, ?2, ?3, ?4, ?5) "
			     "ON CONFLICT (type, publisher, object) "
			     "DO UPDATE SET revision = excluded.revision, "
			     "bytes = excluded.bytes",
	[SQL_DOCUMENT_PAGE] = "SELECT id, type, publisher, object, "
			      "revision, bytes FROM document "
			      "WHERE id > ?1 ORDER BY id LIMIT ?2",
};
