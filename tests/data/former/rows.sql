-- A business as people left it. {hash} is the bcrypt hash of «прежний пароль».
INSERT INTO callcentre_admin (login, password, note) VALUES ('Boss', '{hash}', 'главный'), ('ивановa', 'plain text', NULL);
INSERT INTO callcentre_operator (name, login, password, city, status, passport, note, sip_address) VALUES
    ('Анна Иванова', 'anna', '{hash}', 'Самара, тверь', 'active', 'people/anna.jpg', 'на телефоне', 'sip:anna@crm.example'),
    ('', 'boss', '{hash}', 'Не указан', 'active', NULL, NULL, 'sip:anna@crm.example'),
    ('Уволенный', 'gone', '$2b$31$abcdefghijklmnopqrstuuOH0w3b1OrJJjKpMdRgXoMDcRwGbTdLe', 'Казань', 'inactive', 'people/nothing.jpg', NULL, NULL),
    ('Анна Другая', 'ANNA', '{hash}', 'Самара', 'active', NULL, NULL, NULL);
INSERT INTO avito (name, client_id, client_secret, user_id, proxy_type, proxy_host, proxy_port, proxy_login, proxy_password, eternal_online_enabled) VALUES
    ('Сергей БТ', 'ключ', 'тайна Сергея', '4242', 'socks5', 'proxy.example', 1080, 'user', 'тайна прокси', true),
    ('Половина', 'ключ', 'тайна половины', 'не число', 'http', NULL, NULL, NULL, NULL, false);
INSERT INTO phones (number, rk, city, avito_name) VALUES
    ('+7 (846) 200-00-01', 'Авито', 'Самара', 'Сергей БТ'), ('88462000001', 'Листовка', 'самара ', NULL),
    ('не номер', 'Листовка', 'Тверь', NULL);
INSERT INTO mango (call_id, phone_number, direction, duration, status) VALUES
    ('a', '1', 'in', 95, 'completed'), ('b', '1', 'in', 99999999, 'completed');
INSERT INTO calls (rk, city, avito_name, phone_client, phone_ats, date_create, operator_id, status, mango_call_id, recording_path) VALUES
    ('Авито', 'Самара', 'Сергей БТ', '8 (900) 111-22-33', '+7 (846) 200-00-01', '2026-11-01 23:30', 1, 'answered', 1, '/app/recordings/1.mp3'),
    ('авито', ' самара', '', '+79001112233', '88462000001', '2026-11-02 00:10', 2, 'missed', NULL, NULL),
    ('Авито', '', NULL, 'anonymous', '+7 (846) 200-00-01', '2026-11-02 10:00', 1, 'answered', 2, '../../etc/passwd'),
    ('Авито', 'Самара', NULL, '9004445566', 'не номер', '2026-11-02 11:00', 1, 'странный', NULL, 'notes.txt');
INSERT INTO master (cities, name, status_work, note, tg_id) VALUES
    ('{Самара,ТВЕРЬ}', 'Пётр Мастеров', 'работает', NULL, '777'), (NULL, '', 'уволен', 'должен', NULL);
INSERT INTO orders (rk, city, avito_name, phone, type_order, client_name, address, date_meeting, type_equipment, problem, call_id, status_order, master_id, result, expenditure, clean, master_change, bso_doc, comment, operator_name_id, create_date, closing_data) VALUES
    ('Авито', 'Самара', 'Сергей БТ', '8 (900) 111-22-33', 'Впервые', 'Ольга Петрова', 'Ленина 5, кв. 7', '2026-11-03 10:30', 'БТ', 'Не греет плита', '1, 2,99', 'Готово', 1, 5000.50, 1200, 3000, 1500, '{orders/bso.jpg,orders/none.jpg}', 'осторожно, собака', 1, '2026-11-01 20:35', '2026-11-03 09:15:30'),
    ('листовка', 'Урюпинск', '', '+7-900-111-22-33', 'повтор', '', '', '2026-11-05 23:30', 'кп', '', '', ' ожидает', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2, '2026-11-04 12:00', '2026-11-04 13:00'),
    ('', '', NULL, 'нет номера', 'что-то', E'Имя\tс табом', 'ул. Ленина, д. 5, кв. 7', '2026-11-05 12:00', 'МНЧ', '<script>alert(1)</script>', 'x', 'Отказ', NULL, -5, NULL, NULL, NULL, NULL, NULL, 3, '2026-11-04 12:00', NULL),
    ('Авито', 'Самара', NULL, '9001112233', 'Гарантия', 'Ольга', 'Ленина 5, кв. 7', '2026-11-05 12:00', 'БТ', 'Снова', NULL, 'Закрыт', 2, NULL, NULL, NULL, NULL, NULL, NULL, 4, '2026-11-04 12:00', NULL),
    ('Авито', 'Самара', NULL, '9004445566', 'Впервые', 'Игорь', 'Мира 1', '2026-11-05 12:00', 'Ремонт ПК', 'Шумит', '4', 'Модерн', 2, NULL, NULL, NULL, NULL, NULL, NULL, 1, '2026-11-04 12:00', NULL);
INSERT INTO email_settings (host, port, secure, "user", password, mango_email, enabled, created_at) VALUES
    ('old.example', 993, true, 'x', 'x', NULL, false, '2024-01-01'),
    ('imap.example', 993, true, 'box@example', 'тайна почты', 'Robot@Mangotele.com', true, '2025-01-01');
INSERT INTO cash (name, amount) VALUES ('приход', 100);
INSERT INTO master_schedule (master_id, date, is_work_day) VALUES (1, '2026-12-31', false), (1, '2026-12-30', true), (9, '2026-12-31', false);
