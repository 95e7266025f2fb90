// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (id) {
        id -> Int8,
        role -> Text,
        login -> Text,
        password -> Nullable<Text>,
        name -> Text,
        status -> Text,
        stamp -> Text,
        sound_on -> Bool,
        volume_percent -> Int4,
        created_at -> Timestamp,
        quiet_on -> Bool,
        shows_tour -> Bool,
    }
}

diesel::table! {
    addresses (id) {
        id -> Int8,
        city -> Text,
        folded -> Text,
        address -> Text,
        words -> Text,
        uses -> Int8,
        last_used_at -> Timestamp,
    }
}

diesel::table! {
    after_calls (call_id) {
        call_id -> Int8,
        account_id -> Int8,
        started_at -> Timestamp,
        planned_at -> Timestamp,
        until_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Int8,
        at -> Timestamp,
        account_id -> Nullable<Int8>,
        action -> Text,
        subject -> Text,
        detail -> Text,
        address -> Text,
    }
}

diesel::table! {
    auto_answers (id) {
        id -> Int8,
        message_id -> Int8,
        chat_id -> Int8,
        rule_id -> Nullable<Int8>,
        rule_title -> Text,
        state -> Text,
        reason -> Text,
        decided_at -> Timestamp,
        due_at -> Timestamp,
        answer_id -> Nullable<Int8>,
    }
}

diesel::table! {
    auto_rules (id) {
        id -> Int8,
        position -> Int8,
        title -> Text,
        avito_id -> Nullable<Int8>,
        is_active -> Bool,
        days -> Int8,
        hours -> Text,
        from_minute -> Int8,
        to_minute -> Int8,
        delay_seconds -> Int8,
        once_hours -> Int8,
        only_first -> Bool,
        wants_phone -> Bool,
        keywords -> Text,
        text -> Text,
    }
}

diesel::table! {
    avito (id) {
        id -> Int8,
        name -> Text,
        is_active -> Bool,
        client_id -> Text,
        client_secret -> Nullable<Text>,
        user_id -> Nullable<Int8>,
        proxy_type -> Nullable<Text>,
        proxy_host -> Text,
        proxy_port -> Nullable<Int4>,
        proxy_login -> Text,
        proxy_password -> Nullable<Text>,
        connection_status -> Text,
        proxy_status -> Text,
        account_balance -> Nullable<Int8>,
        account_bonus -> Nullable<Int8>,
        account_advance -> Nullable<Int8>,
        ads_count -> Nullable<Int8>,
        views_count -> Nullable<Int8>,
        contacts_count -> Nullable<Int8>,
        views_today -> Nullable<Int8>,
        contacts_today -> Nullable<Int8>,
        last_sync_at -> Nullable<Timestamp>,
        eternal_online_enabled -> Bool,
        is_online -> Bool,
        last_online_check -> Nullable<Timestamp>,
        online_keep_alive_interval -> Int4,
        webhook_secret -> Nullable<Text>,
    }
}

diesel::table! {
    avito_ratings (avito_id) {
        avito_id -> Int8,
        is_enabled -> Bool,
        score -> Nullable<Int8>,
        reviews -> Int8,
    }
}

diesel::table! {
    avito_readings (avito_id, what) {
        avito_id -> Int8,
        what -> Text,
        good_at -> Nullable<Timestamp>,
        detail -> Text,
        error -> Text,
        error_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    avito_reviews (avito_id, review_id) {
        avito_id -> Int8,
        review_id -> Int8,
        score -> Int8,
        stage -> Text,
        text -> Text,
        created_at -> Timestamp,
        sender -> Text,
        ad_title -> Text,
        can_answer -> Bool,
        answer_id -> Nullable<Int8>,
        answer_text -> Text,
        answer_status -> Text,
        answer_reasons -> Text,
    }
}

diesel::table! {
    avito_tokens (avito_id) {
        avito_id -> Int8,
        token -> Nullable<Text>,
        expires_at -> Nullable<Timestamp>,
        claimed_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    avito_ad_days (avito_id, ad_id, day) {
        avito_id -> Int8,
        ad_id -> Int8,
        day -> Text,
        views -> Int8,
        contacts -> Int8,
        favorites -> Int8,
    }
}

diesel::table! {
    avito_ad_periods (avito_id, ad_id, days) {
        avito_id -> Int8,
        ad_id -> Int8,
        days -> Int8,
        views -> Int8,
        contacts -> Int8,
        favorites -> Nullable<Int8>,
        spending -> Nullable<Int8>,
    }
}

diesel::table! {
    avito_ads (avito_id, ad_id) {
        avito_id -> Int8,
        ad_id -> Int8,
        title -> Text,
        status -> Text,
        url -> Text,
        address -> Text,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    avito_bid_accounts (avito_id) {
        avito_id -> Int8,
        day_limit -> Int8,
    }
}

diesel::table! {
    avito_bid_changes (id) {
        id -> Int8,
        avito_id -> Int8,
        ad_id -> Int8,
        account_id -> Nullable<Int8>,
        at -> Timestamp,
        old_bid -> Nullable<Int8>,
        new_bid -> Int8,
        old_limit -> Nullable<Int8>,
        new_limit -> Nullable<Int8>,
        why -> Text,
        state -> Text,
        error -> Text,
        undone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    avito_bid_limits (avito_id, ad_id) {
        avito_id -> Int8,
        ad_id -> Int8,
        from_bid -> Int8,
        to_bid -> Int8,
    }
}

diesel::table! {
    avito_bids (avito_id, ad_id) {
        avito_id -> Int8,
        ad_id -> Int8,
        action -> Int8,
        bid -> Nullable<Int8>,
        day_limit -> Nullable<Int8>,
        budget -> Nullable<Int8>,
        budget_type -> Text,
        recommended -> Nullable<Int8>,
        least_bid -> Int8,
        most_bid -> Int8,
        least_limit -> Int8,
        most_limit -> Int8,
        forecasts -> Text,
        read_at -> Timestamp,
    }
}

diesel::table! {
    avito_inbox (id) {
        id -> Int8,
        avito_id -> Int8,
        event_key -> Text,
        body -> Text,
        state -> Text,
        error -> Text,
        received_at -> Timestamp,
        processed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    break_reasons (id) {
        id -> Int8,
        name -> Text,
        is_active -> Bool,
        limit_minutes -> Int4,
    }
}

diesel::table! {
    call_notes (call_id) {
        call_id -> Int8,
        result -> Nullable<Text>,
        note -> Text,
        skipped -> Text,
        account_id -> Int8,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    call_results (id) {
        id -> Int8,
        name -> Text,
        is_active -> Bool,
    }
}

diesel::table! {
    callbacks (id) {
        id -> Int8,
        number -> Text,
        from_call_id -> Nullable<Int8>,
        first_due_at -> Timestamp,
        due_at -> Timestamp,
        moved_count -> Int8,
        note -> Text,
        state -> Text,
        owner_id -> Nullable<Int8>,
        owned_at -> Timestamp,
        passed_from -> Nullable<Int8>,
        rung_at -> Nullable<Timestamp>,
        created_by -> Int8,
        created_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        closed_by -> Nullable<Int8>,
        kept_how -> Nullable<Text>,
        kept_call_id -> Nullable<Int8>,
        kept_order_id -> Nullable<Int8>,
        reason -> Text,
    }
}

diesel::table! {
    callcentre_admin (id) {
        id -> Int8,
        note -> Text,
    }
}

diesel::table! {
    callcentre_operator (id) {
        id -> Int8,
        status_work -> Text,
        status_reason -> Nullable<Text>,
        status_since -> Timestamp,
        last_seen_at -> Nullable<Timestamp>,
        extension -> Nullable<Text>,
        sip_address -> Nullable<Text>,
        mango_user_id -> Nullable<Int8>,
        dismissed_call_id -> Nullable<Int8>,
        note -> Text,
        may_download_recordings -> Bool,
    }
}

diesel::table! {
    calls (id) {
        id -> Int8,
        entry_id -> Text,
        direction -> Text,
        state -> Text,
        status -> Nullable<Text>,
        rk -> Nullable<Text>,
        city -> Nullable<Text>,
        avito_name -> Nullable<Text>,
        phone_client -> Nullable<Text>,
        phone_client_raw -> Nullable<Text>,
        phone_ats -> Nullable<Text>,
        client_id -> Nullable<Int8>,
        group_key -> Text,
        operator_id -> Nullable<Int8>,
        operator_extension -> Nullable<Text>,
        last_operator_id -> Nullable<Int8>,
        last_operator_extension -> Nullable<Text>,
        rung -> Text,
        present -> Text,
        legs -> Text,
        started_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        talk_seconds -> Int8,
        wait_seconds -> Int8,
        closed_by -> Nullable<Text>,
        check_at -> Nullable<Timestamp>,
        version -> Int8,
    }
}

diesel::table! {
    campaigns (id) {
        id -> Int8,
        name -> Text,
        is_active -> Bool,
    }
}

diesel::table! {
    chat_label_links (chat_id, label_id) {
        chat_id -> Int8,
        label_id -> Int8,
    }
}

diesel::table! {
    chat_labels (id) {
        id -> Int8,
        name -> Text,
        is_active -> Bool,
    }
}

diesel::table! {
    chat_log (id) {
        id -> Int8,
        chat_id -> Int8,
        account_id -> Nullable<Int8>,
        at -> Timestamp,
        kind -> Text,
        text -> Text,
        order_id -> Nullable<Int8>,
    }
}

diesel::table! {
    chat_media (url_key) {
        url_key -> Text,
        hash -> Text,
        media_type -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    chat_orders (chat_id, order_id) {
        chat_id -> Int8,
        order_id -> Int8,
    }
}

diesel::table! {
    chat_people (chat_id, account_id) {
        chat_id -> Int8,
        account_id -> Int8,
        seen_id -> Int8,
        here_until -> Timestamp,
        typing_until -> Timestamp,
    }
}

diesel::table! {
    chat_phones (chat_id, number) {
        chat_id -> Int8,
        number -> Text,
    }
}

diesel::table! {
    chat_search (chat_id) {
        chat_id -> Int8,
        words -> Text,
    }
}

diesel::table! {
    chat_sync (avito_id) {
        avito_id -> Int8,
        import_state -> Text,
        import_offset -> Int8,
        imported_chats -> Int8,
        polled_at -> Nullable<Timestamp>,
        looked_at -> Nullable<Timestamp>,
        delivered_at -> Nullable<Timestamp>,
        found -> Int8,
        error -> Text,
        trouble_since -> Nullable<Timestamp>,
    }
}

diesel::table! {
    chats (id) {
        id -> Int8,
        avito_id -> Int8,
        chat_key -> Text,
        kind -> Text,
        client_name -> Text,
        item_id -> Nullable<Int8>,
        item_title -> Text,
        item_price -> Text,
        item_url -> Text,
        item_image -> Text,
        item_is_gone -> Bool,
        city -> Text,
        client_id -> Nullable<Int8>,
        gone -> Text,
        is_detailed -> Bool,
        created_at -> Timestamp,
        list_time -> Timestamp,
        last_message_id -> Nullable<Int8>,
        awaits_since -> Nullable<Timestamp>,
        unread_count -> Int8,
        read_pending -> Bool,
        owner_id -> Nullable<Int8>,
        owned_at -> Nullable<Timestamp>,
        snoozed_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    cities (id) {
        id -> Int8,
        name -> Text,
        time_zone -> Text,
        is_active -> Bool,
    }
}

diesel::table! {
    client_canaries (client_id) {
        client_id -> Int8,
        account_id -> Int8,
        at -> Timestamp,
    }
}

diesel::table! {
    client_consents (id) {
        id -> Int8,
        client_id -> Int8,
        state -> Text,
        purpose -> Text,
        how -> Text,
        account_id -> Int8,
        at -> Timestamp,
    }
}

diesel::table! {
    client_erasures (client_id) {
        client_id -> Int8,
        account_id -> Int8,
        at -> Timestamp,
        reason -> Text,
    }
}

diesel::table! {
    client_merges (id) {
        id -> Int8,
        kept_id -> Int8,
        merged_id -> Int8,
        merged_by -> Int8,
        merged_at -> Timestamp,
        undone_by -> Nullable<Int8>,
        undone_at -> Nullable<Timestamp>,
        kept_name -> Text,
        joined_name -> Text,
        kept_warning -> Text,
        kept_warning_by -> Nullable<Int8>,
        kept_warning_at -> Nullable<Timestamp>,
        joined_warning -> Text,
        moved -> Text,
    }
}

diesel::table! {
    client_phones (id) {
        id -> Int8,
        client_id -> Int8,
        number -> Text,
        raw -> Text,
        created_at -> Timestamp,
        is_main -> Bool,
    }
}

diesel::table! {
    client_search (client_id) {
        client_id -> Int8,
        words -> Text,
    }
}

diesel::table! {
    clients (id) {
        id -> Int8,
        name -> Text,
        created_at -> Timestamp,
        warning -> Text,
        warning_by -> Nullable<Int8>,
        warning_at -> Nullable<Timestamp>,
        merged_into -> Nullable<Int8>,
    }
}

diesel::table! {
    debt_reasons (id) {
        id -> Int8,
        name -> Text,
        is_active -> Bool,
    }
}

diesel::table! {
    debts (id) {
        id -> Int8,
        client_key -> Text,
        first_call_id -> Int8,
        last_call_id -> Int8,
        missed_count -> Int8,
        opened_at -> Timestamp,
        last_missed_at -> Timestamp,
        state -> Text,
        taken_by -> Nullable<Int8>,
        taken_at -> Nullable<Timestamp>,
        paid_at -> Nullable<Timestamp>,
        paid_how -> Nullable<Text>,
        paid_call_id -> Nullable<Int8>,
        paid_order_id -> Nullable<Int8>,
        paid_by -> Nullable<Int8>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    dials (id) {
        id -> Int8,
        command_id -> Text,
        account_id -> Int8,
        extension -> Text,
        number -> Text,
        line -> Nullable<Text>,
        from_call_id -> Nullable<Int8>,
        call_id -> Nullable<Int8>,
        state -> Text,
        error -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    drafts (id) {
        id -> Int8,
        account_id -> Int8,
        draft_key -> Text,
        fields -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    files (id) {
        id -> Int8,
        hash -> Text,
        thumb_hash -> Nullable<Text>,
        media_type -> Text,
        byte_size -> Int8,
        original_name -> Text,
        kind -> Text,
        order_id -> Nullable<Int8>,
        master_id -> Nullable<Int8>,
        employee_id -> Nullable<Int8>,
        width -> Nullable<Int4>,
        height -> Nullable<Int4>,
        created_by -> Int8,
        created_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
        deleted_by -> Nullable<Int8>,
        sealed_key -> Nullable<Text>,
    }
}

diesel::table! {
    handover_items (handover_id, kind, subject) {
        handover_id -> Int8,
        kind -> Text,
        subject -> Text,
    }
}

diesel::table! {
    handovers (id) {
        id -> Int8,
        from_id -> Int8,
        to_id -> Nullable<Int8>,
        state -> Text,
        created_at -> Timestamp,
        accept_until -> Timestamp,
        taken_by -> Nullable<Int8>,
        taken_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    import_rows (kind, former_key) {
        kind -> Text,
        former_key -> Text,
        our_key -> Int8,
        told -> Text,
        taken_at -> Timestamp,
    }
}

diesel::table! {
    jobs (id) {
        id -> Int8,
        name -> Text,
        slot -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        run_at -> Timestamp,
        claimed_at -> Nullable<Timestamp>,
        attempts -> Int4,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    mail_letters (id) {
        id -> Int8,
        message_key -> Text,
        state -> Text,
        sender -> Text,
        subject -> Text,
        words -> Text,
        taken_at -> Timestamp,
    }
}

diesel::table! {
    mango (id) {
        id -> Int8,
        event_key -> Text,
        path -> Text,
        body -> Text,
        entry_id -> Nullable<Text>,
        state -> Text,
        error -> Nullable<Text>,
        received_at -> Timestamp,
        processed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    master (id) {
        id -> Int8,
        name -> Text,
        status_work -> Text,
        note -> Text,
    }
}

diesel::table! {
    master_cities (master_id, city) {
        master_id -> Int8,
        city -> Text,
    }
}

diesel::table! {
    master_days_off (id) {
        id -> Int8,
        master_id -> Int8,
        from_day -> Text,
        to_day -> Text,
        note -> Text,
    }
}

diesel::table! {
    master_equipment (master_id, type_equipment) {
        master_id -> Int8,
        type_equipment -> Text,
    }
}

diesel::table! {
    message_search (message_id) {
        message_id -> Int8,
        words -> Text,
    }
}

diesel::table! {
    messages (id) {
        id -> Int8,
        chat_id -> Int8,
        message_key -> Nullable<Text>,
        client_key -> Nullable<Text>,
        is_out -> Bool,
        kind -> Text,
        counts -> Text,
        text -> Text,
        content -> Text,
        sent_at -> Timestamp,
        told_at -> Timestamp,
        is_read -> Bool,
        read_at -> Nullable<Timestamp>,
        deleted_at -> Nullable<Timestamp>,
        state -> Nullable<Text>,
        error -> Text,
        account_id -> Nullable<Int8>,
        attempted_at -> Nullable<Timestamp>,
        picture_hash -> Nullable<Text>,
        picture_type -> Nullable<Text>,
        is_auto -> Bool,
    }
}

diesel::table! {
    notification_choices (account_id, kind) {
        account_id -> Int8,
        kind -> Text,
        rings -> Bool,
        sounds -> Bool,
    }
}

diesel::table! {
    notification_keys (key) {
        key -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    notification_outbox (id) {
        id -> Int8,
        recipient_id -> Int8,
        key -> Text,
        kind -> Text,
        title -> Text,
        items -> Text,
        total -> Int8,
        state -> Text,
        attempts -> Int8,
        is_again -> Bool,
        error -> Text,
        created_at -> Timestamp,
        next_at -> Timestamp,
        claimed_at -> Nullable<Timestamp>,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    notification_reads (account_id, notification_id) {
        account_id -> Int8,
        notification_id -> Int8,
        count -> Int8,
    }
}

diesel::table! {
    notification_recipients (id) {
        id -> Int8,
        name -> Text,
        channel -> Text,
        address -> Text,
        kinds -> Text,
        is_active -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    notifications (id) {
        id -> Int8,
        kind -> Text,
        audience -> Text,
        account_id -> Nullable<Int8>,
        by_id -> Nullable<Int8>,
        title -> Text,
        text -> Text,
        href -> Text,
        count -> Int8,
        first_at -> Timestamp,
        at -> Timestamp,
        state_key -> Text,
        over_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    operator_cities (operator_id, city) {
        operator_id -> Int8,
        city -> Text,
    }
}

diesel::table! {
    order_addresses (order_id) {
        order_id -> Int8,
        address_id -> Int8,
    }
}

diesel::table! {
    order_calls (order_id, call_id) {
        order_id -> Int8,
        call_id -> Int8,
    }
}

diesel::table! {
    order_history (id) {
        id -> Int8,
        order_id -> Int8,
        account_id -> Int8,
        at -> Timestamp,
        field -> Text,
        old_value -> Nullable<Text>,
        new_value -> Nullable<Text>,
        version -> Nullable<Int8>,
    }
}

diesel::table! {
    order_requests (request_key) {
        request_key -> Text,
        order_id -> Nullable<Int8>,
    }
}

diesel::table! {
    order_search (order_id) {
        order_id -> Int8,
        words -> Text,
    }
}

diesel::table! {
    orders (id) {
        id -> Int8,
        rk -> Text,
        city -> Text,
        avito_name -> Nullable<Text>,
        avito_chatid -> Nullable<Text>,
        phone -> Text,
        client_id -> Int8,
        type_order -> Text,
        client_name -> Text,
        address -> Text,
        date_meeting -> Timestamp,
        meeting_day -> Text,
        meeting_minute -> Int4,
        type_equipment -> Text,
        problem -> Text,
        status_order -> Text,
        refusal_reason -> Nullable<Text>,
        master_id -> Nullable<Int8>,
        result -> Nullable<Int8>,
        expenditure -> Nullable<Int8>,
        clean -> Nullable<Int8>,
        comment -> Text,
        operator_name_id -> Int8,
        create_date -> Timestamp,
        closing_data -> Nullable<Timestamp>,
        list_rank -> Int4,
        list_time -> Int8,
        version -> Int8,
        early_edits -> Int4,
        parent_order_id -> Nullable<Int8>,
    }
}

diesel::table! {
    phones (id) {
        id -> Int8,
        number -> Text,
        rk -> Nullable<Text>,
        city -> Nullable<Text>,
        avito_name -> Nullable<Text>,
        is_known -> Bool,
        created_at -> Timestamp,
        name -> Text,
    }
}

diesel::table! {
    quick_replies (id) {
        id -> Int8,
        owner_id -> Nullable<Int8>,
        title -> Text,
        text -> Text,
        position -> Int8,
        picture_hash -> Nullable<Text>,
        picture_type -> Nullable<Text>,
    }
}

diesel::table! {
    recordings (id) {
        id -> Int8,
        call_id -> Nullable<Int8>,
        mango_recording_id -> Nullable<Text>,
        source -> Text,
        state -> Text,
        created_at -> Timestamp,
        hash -> Nullable<Text>,
        media_type -> Nullable<Text>,
        byte_size -> Nullable<Int8>,
        duration_ms -> Nullable<Int8>,
        peaks -> Text,
        extension -> Nullable<Text>,
        original_name -> Text,
        recorded_at -> Nullable<Timestamp>,
        client_number -> Nullable<Text>,
        error -> Text,
        attempts -> Int4,
        next_try_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    recovery_codes (account_id, hash) {
        account_id -> Int8,
        hash -> Text,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    reference_reads (slug, account_id) {
        slug -> Text,
        account_id -> Int8,
        version -> Int8,
        at -> Timestamp,
    }
}

diesel::table! {
    reference_versions (slug, version) {
        slug -> Text,
        version -> Int8,
        body -> Text,
        notice -> Text,
        at -> Timestamp,
        account_id -> Int8,
    }
}

diesel::table! {
    refusal_reasons (id) {
        id -> Int8,
        status_order -> Text,
        name -> Text,
        is_active -> Bool,
    }
}

diesel::table! {
    salary_entries (id) {
        id -> Int8,
        operator_id -> Int8,
        day -> Text,
        kind -> Text,
        amount -> Int8,
        reason -> Text,
        of_month -> Nullable<Text>,
        created_by -> Int8,
        created_at -> Timestamp,
        removed_by -> Nullable<Int8>,
        removed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    salary_lines (id) {
        id -> Int8,
        month -> Text,
        operator_id -> Int8,
        position -> Int8,
        kind -> Text,
        title -> Text,
        formula -> Text,
        about -> Text,
        amount -> Int8,
        items -> Text,
    }
}

diesel::table! {
    salary_months (month) {
        month -> Text,
        closed_by -> Int8,
        closed_at -> Timestamp,
    }
}

diesel::table! {
    salary_schemes (id) {
        id -> Int8,
        name -> Text,
        operator_id -> Nullable<Int8>,
        from_day -> Text,
        is_common -> Bool,
        hour -> Nullable<Int8>,
        accepted -> Nullable<Int8>,
        accepted_seconds -> Int8,
        ordered -> Nullable<Int8>,
        done -> Nullable<Int8>,
        percent -> Nullable<Int8>,
        plan_orders -> Nullable<Int8>,
        plan_bonus -> Nullable<Int8>,
        created_by -> Int8,
        created_at -> Timestamp,
    }
}

diesel::table! {
    saved_filters (id) {
        id -> Int8,
        account_id -> Int8,
        page -> Text,
        name -> Text,
        query -> Text,
        is_default -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    second_factors (account_id) {
        account_id -> Int8,
        secret -> Text,
        is_on -> Bool,
        last_step -> Int8,
        at -> Timestamp,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        account_id -> Nullable<Int8>,
        state -> Text,
        user_agent -> Text,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    slot_guards (city, day, minute, type_equipment) {
        city -> Text,
        day -> Text,
        minute -> Int4,
        type_equipment -> Text,
        version -> Int8,
    }
}

diesel::table! {
    slot_holds (id) {
        id -> Int8,
        city -> Text,
        day -> Text,
        minute -> Int4,
        type_equipment -> Text,
        account_id -> Int8,
        expires_at -> Timestamp,
        created_at -> Timestamp,
    }
}

diesel::table! {
    slot_limits (id) {
        id -> Int8,
        city -> Nullable<Text>,
        type_equipment -> Nullable<Text>,
        weekday -> Nullable<Int4>,
        minute -> Nullable<Int4>,
        places -> Int4,
    }
}

diesel::table! {
    stat_changes (id) {
        id -> Int8,
        day -> Text,
    }
}

diesel::table! {
    stat_counted (day) {
        day -> Text,
        rules -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    stat_days (kind, operator_id, day, name) {
        day -> Text,
        operator_id -> Int8,
        kind -> Text,
        name -> Text,
        calls -> Int8,
        accepted -> Int8,
        soon -> Int8,
        missed -> Int8,
        hung_up -> Int8,
        wait_seconds -> Int8,
        talk_seconds -> Int8,
        outgoing -> Int8,
        repeats -> Int8,
        ordered -> Int8,
        orders -> Int8,
        refused -> Int8,
        edited -> Int8,
        closed -> Int8,
        done -> Int8,
        paid -> Int8,
        turnover -> Int8,
        expenses -> Int8,
        clean -> Int8,
        debts -> Int8,
        debts_open -> Int8,
        called_back -> Int8,
        callback_seconds -> Int8,
        chats -> Int8,
        chats_ordered -> Int8,
        chats_answered -> Int8,
        answer_seconds -> Int8,
    }
}

diesel::table! {
    table_views (account_id, page) {
        account_id -> Int8,
        page -> Text,
        layout -> Text,
    }
}

diesel::table! {
    work_status_log (id) {
        id -> Int8,
        account_id -> Int8,
        status_work -> Text,
        reason -> Nullable<Text>,
        started_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(after_calls -> accounts (account_id));
diesel::joinable!(audit_log -> accounts (account_id));
diesel::joinable!(avito_ratings -> avito (avito_id));
diesel::joinable!(auto_answers -> chats (chat_id));
diesel::joinable!(avito_ad_days -> avito (avito_id));
diesel::joinable!(avito_ad_periods -> avito (avito_id));
diesel::joinable!(avito_ads -> avito (avito_id));
diesel::joinable!(avito_bid_changes -> accounts (account_id));
diesel::joinable!(avito_bid_changes -> avito (avito_id));
diesel::joinable!(avito_bids -> avito (avito_id));
diesel::joinable!(avito_readings -> avito (avito_id));
diesel::joinable!(avito_reviews -> avito (avito_id));
diesel::joinable!(avito_tokens -> avito (avito_id));
diesel::joinable!(callcentre_admin -> accounts (id));
diesel::joinable!(callcentre_operator -> accounts (id));
diesel::joinable!(calls -> clients (client_id));
diesel::joinable!(chat_log -> accounts (account_id));
diesel::joinable!(chat_sync -> avito (avito_id));
diesel::joinable!(chats -> avito (avito_id));
diesel::joinable!(client_canaries -> clients (client_id));
diesel::joinable!(client_consents -> accounts (account_id));
diesel::joinable!(client_erasures -> accounts (account_id));
diesel::joinable!(client_phones -> clients (client_id));
diesel::joinable!(client_search -> clients (client_id));
diesel::joinable!(clients -> accounts (warning_by));
diesel::joinable!(dials -> accounts (account_id));
diesel::joinable!(drafts -> accounts (account_id));
diesel::joinable!(files -> master (master_id));
diesel::joinable!(files -> orders (order_id));
diesel::joinable!(master_cities -> master (master_id));
diesel::joinable!(master_days_off -> master (master_id));
diesel::joinable!(master_equipment -> master (master_id));
diesel::joinable!(messages -> chats (chat_id));
diesel::joinable!(notification_choices -> accounts (account_id));
diesel::joinable!(notification_outbox -> notification_recipients (recipient_id));
diesel::joinable!(notification_reads -> notifications (notification_id));
diesel::joinable!(operator_cities -> callcentre_operator (operator_id));
diesel::joinable!(order_addresses -> addresses (address_id));
diesel::joinable!(order_addresses -> orders (order_id));
diesel::joinable!(order_calls -> calls (call_id));
diesel::joinable!(order_calls -> orders (order_id));
diesel::joinable!(order_history -> accounts (account_id));
diesel::joinable!(order_history -> orders (order_id));
diesel::joinable!(order_requests -> orders (order_id));
diesel::joinable!(order_search -> orders (order_id));
diesel::joinable!(orders -> accounts (operator_name_id));
diesel::joinable!(orders -> clients (client_id));
diesel::joinable!(orders -> master (master_id));
diesel::joinable!(recordings -> calls (call_id));
diesel::joinable!(recovery_codes -> accounts (account_id));
diesel::joinable!(reference_reads -> accounts (account_id));
diesel::joinable!(reference_versions -> accounts (account_id));
diesel::joinable!(salary_lines -> salary_months (month));
diesel::joinable!(salary_months -> accounts (closed_by));
diesel::joinable!(saved_filters -> accounts (account_id));
diesel::joinable!(second_factors -> accounts (account_id));
diesel::joinable!(sessions -> accounts (account_id));
diesel::joinable!(slot_holds -> accounts (account_id));
diesel::joinable!(table_views -> accounts (account_id));
diesel::joinable!(work_status_log -> accounts (account_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    addresses,
    after_calls,
    audit_log,
    auto_answers,
    auto_rules,
    avito,
    avito_ad_days,
    avito_ad_periods,
    avito_ads,
    avito_bid_accounts,
    avito_bid_changes,
    avito_bid_limits,
    avito_bids,
    avito_inbox,
    avito_ratings,
    avito_readings,
    avito_reviews,
    avito_tokens,
    break_reasons,
    call_notes,
    call_results,
    callbacks,
    callcentre_admin,
    callcentre_operator,
    calls,
    campaigns,
    chat_label_links,
    chat_labels,
    chat_log,
    chat_media,
    chat_orders,
    chat_people,
    chat_phones,
    chat_search,
    chat_sync,
    chats,
    cities,
    client_canaries,
    client_consents,
    client_erasures,
    client_merges,
    client_phones,
    client_search,
    clients,
    debt_reasons,
    debts,
    dials,
    drafts,
    files,
    handover_items,
    handovers,
    import_rows,
    jobs,
    mail_letters,
    mango,
    master,
    master_cities,
    master_days_off,
    master_equipment,
    message_search,
    messages,
    notification_choices,
    notification_keys,
    notification_outbox,
    notification_reads,
    notification_recipients,
    notifications,
    operator_cities,
    order_addresses,
    order_calls,
    order_history,
    order_requests,
    order_search,
    orders,
    phones,
    quick_replies,
    recordings,
    recovery_codes,
    reference_reads,
    reference_versions,
    refusal_reasons,
    salary_entries,
    salary_lines,
    salary_months,
    salary_schemes,
    saved_filters,
    second_factors,
    sessions,
    settings,
    slot_guards,
    slot_holds,
    slot_limits,
    stat_changes,
    stat_counted,
    stat_days,
    table_views,
    work_status_log,
);
