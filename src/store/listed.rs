//! How people and groups alike are listed: a selection of them counted, and read page by page in the order of ids, which is
//! the order of creation.

/// The functions of a listing, for a table with an `organization_id` and an `id`. Its selection has `condition` and
/// `is_narrow`.
macro_rules! listed {
    ($table:ident, $row:ident, $selection:ident) => {
        /// How many the selection holds.
        pub fn count_selected(
            conn: &mut Conn,
            organization: OrganizationId,
            selection: &$selection,
        ) -> Result<i64, StoreError> {
            Ok($table::table.filter(selection.condition(organization)).count().get_result(conn)?)
        }

        /// One page of the selection by position.
        pub fn page(
            conn: &mut Conn,
            organization: OrganizationId,
            selection: &$selection,
            offset: i64,
            limit: i64,
        ) -> Result<Vec<$row>, StoreError> {
            Ok($table::table
                .select($row::as_select())
                .filter(selection.condition(organization))
                .order($table::id)
                .offset(offset)
                .limit(limit)
                .load(conn)?)
        }

        /// How many of the selection have ids that come after `after`.
        pub fn count_after(
            conn: &mut Conn,
            organization: OrganizationId,
            selection: &$selection,
            after: &str,
        ) -> Result<i64, StoreError> {
            let later = selection.condition(organization);
            Ok($table::table.filter(later).filter($table::id.gt(after.to_owned())).count().get_result(conn)?)
        }

        /// The next of the selection whose ids come after `after`, for a walk over all of them in bounded memory.
        pub fn after(
            conn: &mut Conn,
            organization: OrganizationId,
            selection: &$selection,
            after: &str,
            limit: i64,
        ) -> Result<Vec<$row>, StoreError> {
            let chosen = $table::table.select($row::as_select()).filter(selection.condition(organization)).limit(limit);
            if selection.is_narrow() {
                let later = chosen.filter(unindexed($table::id).gt(after.to_owned()));
                return Ok(later.order(unindexed($table::id)).load(conn)?);
            }
            Ok(chosen.filter($table::id.gt(after.to_owned())).order($table::id).load(conn)?)
        }

        /// The last of the selection whose ids come before `before`, the last first.
        pub fn before(
            conn: &mut Conn,
            organization: OrganizationId,
            selection: &$selection,
            before: &str,
            limit: i64,
        ) -> Result<Vec<$row>, StoreError> {
            let chosen = $table::table.select($row::as_select()).filter(selection.condition(organization)).limit(limit);
            if selection.is_narrow() {
                let earlier = chosen.filter(unindexed($table::id).lt(before.to_owned()));
                return Ok(earlier.order(unindexed($table::id).desc()).load(conn)?);
            }
            Ok(chosen.filter($table::id.lt(before.to_owned())).order($table::id.desc()).load(conn)?)
        }

        /// Those of `ids` that are there, in any order.
        pub fn of_ids(conn: &mut Conn, organization: OrganizationId, ids: &[String]) -> Result<Vec<$row>, StoreError> {
            let mut found = Vec::with_capacity(ids.len());
            for chunk in ids.chunks(batch(conn)) {
                found.extend(native!(conn, |conn| $table::table
                    .select($row::as_select())
                    .filter($table::organization_id.eq(organization.to_string()))
                    .filter($table::id.eq_any(chunk))
                    .filter(planned_anew())
                    .load::<$row>(conn))?);
            }
            Ok(found)
        }
    };
}

pub(super) use listed;
