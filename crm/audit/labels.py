"""The words people read for each act."""

from flask_babel import lazy_gettext as _l

from crm.audit.models import Action, ActorKind

ACTIONS = {
    Action.SIGNED_UP: _l("Компания зарегистрирована"),
    Action.ORGANISATION_CHANGED: _l("Реквизиты компании изменены"),
    Action.ENTITY_ADDED: _l("Добавлено юридическое лицо"),
    Action.GRACE_CHANGED: _l("Отсрочка для устаревших документов изменена"),
    Action.CONSENT_ASKED: _l("Запрос согласия включён"),
    Action.CONSENT_NOT_ASKED: _l("Запрос согласия выключен"),
    Action.SIGNED_IN: _l("Вход в систему"),
    Action.SIGNED_OUT: _l("Выход из системы"),
    Action.STAFF_INVITED: _l("Сотрудник приглашён"),
    Action.STAFF_JOINED: _l("Сотрудник принял приглашение"),
    Action.STAFF_DISABLED: _l("Доступ сотрудника закрыт"),
    Action.STAFF_ENABLED: _l("Доступ сотрудника открыт"),
    Action.PURPOSE_ADDED: _l("Цель добавлена в реестр"),
    Action.PURPOSE_SAVED: _l("Цель в реестре изменена"),
    Action.PURPOSE_RETIRED: _l("Цель больше не используется"),
    Action.PURPOSE_RESUMED: _l("Цель снова используется"),
    Action.AGREEMENT_SAVED: _l("Черновик документа сохранён"),
    Action.AGREEMENT_PUBLISHED: _l("Документ опубликован"),
    Action.FORM_CREATED: _l("Форма создана"),
    Action.FORM_SAVED: _l("Черновик формы сохранён"),
    Action.FORM_PUBLISHED: _l("Форма опубликована"),
    Action.FORM_CLOSED: _l("Форма закрыта"),
    Action.SUBMISSION_RECEIVED: _l("Получена заявка"),
    Action.CONSENT_LINK_SENT: _l("Отправлена ссылка для подтверждения"),
    Action.CONSENT_GIVEN: _l("Согласие записано"),
    Action.CONSENT_EXPIRED: _l("Срок согласия истёк"),
    Action.CALL_ANSWERED: _l("Просьба отозвать согласие не подтвердилась"),
    Action.RENEWAL_ASKED: _l("Отправлены просьбы подтвердить согласие"),
    Action.GROUND_ADDED: _l("Записано другое основание обработки"),
    Action.GROUND_ENDED: _l("Другое основание прекращено"),
    Action.ATTACHMENT_READ: _l("Прочитан приложенный файл"),
    Action.CONSENT_WITHDRAWN: _l("Согласие отозвано"),
    Action.CLIENT_READ: _l("Карточка прочитана"),
    Action.CLIENTS_SEARCHED: _l("Поиск по клиентам"),
    Action.CLIENT_ERASED: _l("Данные клиента уничтожены"),
    Action.ACT_READ: _l("Акт об уничтожении прочитан"),
}
ACTORS = {
    ActorKind.STAFF: _l("Сотрудник"),
    ActorKind.VISITOR: _l("Посетитель формы"),
    ActorKind.SYSTEM: _l("Система"),
}
