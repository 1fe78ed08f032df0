<?php
// Prints an invoice that the page server renders: php invoice.php http://127.0.0.1:3000

function render(string $server, string $route, array $props): string
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => 'content-type: application/json',
        'content' => json_encode(['props' => $props], JSON_THROW_ON_ERROR),
        'timeout' => 10,
        'ignore_errors' => true,
    ]]);
    $answer = file_get_contents("$server/v1/pages/$route", false, $context);
    if ($answer === false || !str_contains($http_response_header[0], ' 200 ')) {
        throw new RuntimeException($answer === false ? 'no answer' : $answer);
    }
    return $answer;
}

$lines = [['text' => 'Tea', 'cents' => 450], ['text' => 'Kettle', 'cents' => 3900]];
echo render($argv[1], 'invoice', ['number' => 7, 'customer' => 'Ada & Co', 'lines' => $lines]), PHP_EOL;
