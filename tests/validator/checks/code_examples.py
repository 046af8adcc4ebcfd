"""Code that each rule has to find, and code beside it that it has to leave alone."""

# ruff: noqa: E501 - one example is one line.
from __future__ import annotations

JAVA = "class A {{ Object f() throws Exception {{ {} }} }}"

BAD: dict[str, tuple[str, ...]] = {
    "js-eval": (
        "eval(req.body.code)",
        "new Function('a', body)",
        "const f = new Function(text);",
        "vm.runInNewContext(script, {})",
    ),
    "js-command-injection": (
        "exec(`convert ${file} out.png`, done)",
        "child_process.execSync('rm -rf ' + folder)",
        "cp.exec(req.query.command, () => {})",
    ),
    "js-shell-option": ("spawn('sh', [name], { shell: true })",),
    "js-sql-injection": (
        "db.query(`SELECT * FROM orders WHERE id = ${id}`)",
        "await pool.query('SELECT a FROM b WHERE c = ' + value, [])",
        'connection.execute("DELETE FROM carts WHERE id=\'" + id + "\'")',
    ),
    "js-tls-disabled": (
        "const agent = new https.Agent({ rejectUnauthorized: false });",
        "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';",
        "process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = 0;",
        "request({ url, 'strictSSL': false })",
    ),
    "js-weak-password-hash": ("crypto.createHash('sha256').update(password).digest('hex')",),
    "js-weak-hash": ("crypto.createHash('md5').update(body)", 'createHash("sha1")'),
    "js-jwt-secret": ("jwt.sign({ id }, 'shhhhh')", "jsonwebtoken.verify(token, `key`, options)"),
    "js-jwt-none": ("verify(token, key, { algorithms: ['HS256', 'none'] })",),
    "js-deserialization": ("serialize.unserialize(cookie)", "v8.deserialize(buffer)"),
    "js-xxe": ("libxml.parseXml(text, { noent: true })",),
    "js-path-traversal": (
        "fs.readFile(req.query.name, done)",
        "res.sendFile(path.join(root, req.params.file))",
        "const s = createReadStream(`./files/${request.params.id}`)",
    ),
    "js-open-redirect": ("res.redirect(req.query.next)", "res.redirect(302, req.body.url)"),
    "js-request-forgery": (
        "axios.get(req.query.url)",
        "fetch(request.body.callback, {})",
        "https.get(req.query.u, cb)",
    ),
    "js-cors-credentials": (
        "app.use(cors({ origin: true, credentials: true }))",
        "app.use(cors({ credentials: true, maxAge: 1, origin: '*' }))",
    ),
    "js-html-injection": (
        "res.send(`<h1>${req.query.name}</h1>`)",
        "res.status(400).send('<p>' + req.params.id + text + '</p>')",
    ),
    "js-raw-html": ("element.innerHTML = text;", "element.innerHTML += text + '<br>';", "document.write(name)"),
    "js-jsx-raw-html": ("const a = <div dangerouslySetInnerHTML={{ __html: text }} />;",),
    "js-weak-random": ("const sessionToken = Math.random().toString(36);", "const o = { apiKey: '' + Math.random() }"),
    "js-query-object": ("users.findOne(req.body)", "collection.deleteMany(req.query)"),
    "py-eval": ("eval(text)", "exec(request.data, {})"),
    "py-command-injection": (
        "os.system('rm ' + name)",
        "os.popen(command)",
        "subprocess.run(f'convert {name}', shell=True)",
        "subprocess.check_output(command, stderr=None, shell=True)",
    ),
    "py-sql-injection": (
        'cursor.execute(f"SELECT * FROM orders WHERE id = {number}")',
        "cursor.execute('SELECT * FROM orders WHERE id = %s' % number)",
        "db.execute('DELETE FROM carts WHERE id = ' + key, {})",
        "cursor.execute('SELECT a FROM b WHERE c = {}'.format(value))",
    ),
    "py-tls-disabled": (
        "requests.get(url, verify=False)",
        "client = httpx.Client(verify=False)",
        "context = ssl._create_unverified_context()",
        "context.check_hostname = False",
        "context.verify_mode = ssl.CERT_NONE",
        "session.verify = False",
    ),
    "py-weak-password-hash": ("hashlib.sha256(password.encode()).hexdigest()",),
    "py-weak-hash": ("hashlib.md5(data)", "hashlib.sha1()"),
    "py-jwt-secret": ("jwt.encode({'a': 1}, 'secret', algorithm='HS256')", 'jwt.decode(token, "k", ["HS256"])'),
    "py-jwt-unverified": ("jwt.decode(token, options={'verify_signature': False})",),
    "py-deserialization": (
        "pickle.loads(body)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "jsonpickle.decode(x)",
    ),
    "py-xxe": ("parser = etree.XMLParser(resolve_entities=True)",),
    "py-path-traversal": (
        "open(request.args['name'])",
        "send_file(os.path.join(root, request.args.get('f')))",
        "open(f'/data/{request.form[\"f\"]}', 'rb')",
    ),
    "py-open-redirect": ("return redirect(request.args.get('next'))",),
    "py-request-forgery": ("requests.get(request.args['url'], timeout=3)", "httpx.post(request.json['hook'])"),
    "py-template-injection": (
        "render_template_string(f'<h1>{name}</h1>')",
        "render_template_string(request.args['t'])",
    ),
    "py-debug": ("app.run(host='0.0.0.0', debug=True)", "app.debug = True", "DEBUG = True\n"),
    "py-cors-credentials": (
        "app.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)",
        "CORS(app, origins='*', supports_credentials=True)",
    ),
    "py-weak-random": ("token = ''.join(random.choice(letters) for _ in range(16))",),
    "java-eval": ('engine.eval(request.getParameter("x"));', "parser.parseExpression(text);"),
    "java-command-injection": (
        'Runtime.getRuntime().exec("convert " + name);',
        "Runtime.getRuntime().exec(command);",
        'new ProcessBuilder("sh", "-c", line).start();',
    ),
    "java-sql-injection": (
        'statement.executeQuery("SELECT * FROM orders WHERE id = " + id);',
        "jdbc.queryForList(String.format(\"SELECT a FROM b WHERE c = '%s'\", value));",
        'em.createNativeQuery("DELETE FROM carts WHERE id = \'" + id + "\'");',
    ),
    "java-tls-disabled": (
        "connection.setHostnameVerifier((host, session) -> true);",
        "client.setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE);",
        "class T implements X509TrustManager { public void checkServerTrusted(X509Certificate[] c, String a) { } }",
    ),
    "java-weak-password-hash": ("DigestUtils.md5Hex(password);", "new StandardPasswordEncoder();"),
    "java-plain-password": ("NoOpPasswordEncoder.getInstance();",),
    "java-weak-hash": ('MessageDigest.getInstance("MD5");', 'Cipher.getInstance("AES/ECB/PKCS5Padding");'),
    "java-jwt-secret": (
        'Algorithm.HMAC256("secret");',
        'builder.signWith(SignatureAlgorithm.HS256, "secret");',
        'new SecretKeySpec("0123456789".getBytes(), "HmacSHA256");',
    ),
    "java-deserialization": ("new ObjectInputStream(body).readObject();", "mapper.enableDefaultTyping();"),
    "java-xxe": ("DocumentBuilderFactory f = DocumentBuilderFactory.newInstance(); f.newDocumentBuilder();",),
    "java-path-traversal": (
        'new File(request.getParameter("name"));',
        'Paths.get(root, request.getParameter("f"));',
        'new FileInputStream("/data/" + request.getParameter("f"));',
    ),
    "java-open-redirect": ('response.sendRedirect(request.getParameter("next"));',),
    "java-request-forgery": ('new URL(request.getParameter("u")).openStream();',),
    "java-cors-credentials": (
        'registry.addMapping("/**").allowedOrigins("*").allowCredentials(true);',
        '@CrossOrigin(origins = "*", allowCredentials = "true") class C { }',
    ),
    "java-weak-random": ('String token = "" + new Random().nextLong();',),
    "java-stack-trace": ("error.printStackTrace(response.getWriter());",),
    "php-eval": ("eval($code);", "eval(base64_decode($x));", "eval('return ' . $expression . ';');"),
    "php-command-injection": ('exec("convert $file out.png");', "$o = shell_exec('ls ' . $folder);", "$x = `ls $dir`;"),
    "php-sql-injection": (
        '$db->query("SELECT * FROM orders WHERE id = $id");',
        "mysqli_query($link, 'SELECT a FROM b WHERE c = ' . $value);",
        '$pdo->prepare("DELETE FROM carts WHERE id = \'" . $id . "\'");',
        "$db->query(sprintf('SELECT a FROM b WHERE c = %s', $value));",
    ),
    "php-tls-disabled": (
        "curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);",
        "curl_setopt($ch, CURLOPT_SSL_VERIFYHOST, 0);",
        "$client = new Client(['verify' => false]);",
        "$o = [CURLOPT_SSL_VERIFYPEER => FALSE];",
    ),
    "php-weak-password-hash": ("$h = md5($password);", "$h = hash('sha256', $user->password);"),
    "php-weak-hash": ("$h = sha1($body);", "$h = hash('md5', $body);"),
    "php-jwt-secret": ("$t = JWT::encode($payload, 'secret', 'HS256');", "$k = new Key('secret', 'HS256');"),
    "php-deserialization": ("$o = unserialize($_COOKIE['cart']);", "$o = unserialize($body);"),
    "php-xxe": ("$d->loadXML($x, LIBXML_NOENT);", "libxml_disable_entity_loader(false);"),
    "php-path-traversal": (
        "include $_GET['page'];",
        "require_once('pages/' . $_GET['p'] . '.php');",
        "echo file_get_contents('/data/' . $_POST['f']);",
        "readfile($request->get('file'));",
    ),
    "php-open-redirect": ("header('Location: ' . $_GET['next']);", "header(\"Location: {$_GET['u']}\", true, 302);"),
    "php-request-forgery": ("$c = curl_init($_GET['url']);", "$client->request('GET', $_POST['u']);"),
    "php-html-injection": ("echo $_GET['name'];", "echo '<p>' . $_POST['q'] . '</p>';", "print $_GET['x'];"),
    "php-variables-from-request": ("extract($_POST);", "parse_str($_SERVER['QUERY_STRING']);"),
    "php-debug": ("phpinfo();", "ini_set('display_errors', '1');"),
    "php-weak-random": ("$token = md5(uniqid());", "$apiKey = mt_rand();"),
    "php-cors-credentials": ("header('Access-Control-Allow-Origin: ' . $_SERVER['HTTP_ORIGIN']);",),
}

GOOD: dict[str, tuple[str, ...]] = {
    "js": (
        "eval('1 + 1'); new Function('return 1'); evaluate(x); model.eval(x)",
        "execFile('convert', [file]); exec('ls'); /a/.exec(text); regex.exec(`${a}`.b); pattern.exec(value)",
        "const found = re.exec(line); spawn('node', [file]); spawn('node', [a], { shell: false })",
        "db.query('SELECT * FROM orders WHERE id = $1', [id]); client.get(`/carts/${id}`); api.get('a' + b)",
        "db.query(`SELECT * FROM ${TABLE_NAME} WHERE id = $1`, [id]); sql`SELECT * FROM a WHERE b = ${c}`",
        "client.query({ query: gql`query { a }` }); map.get(`select ${name} from list`)",
        "new https.Agent({ rejectUnauthorized: true }); process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1'",
        "crypto.createHash('sha256').update(body).digest('hex'); createHmac('sha256', key)",
        "jwt.sign({ id }, process.env.JWT_SECRET); jwt.verify(token, publicKey, { algorithms: ['RS256'] }); sign('a', 'b')",
        "JSON.parse(body); yaml.load(text); structuredClone(a)",
        "fs.readFile('./a.json', done); fs.readFileSync(path.join(__dirname, 'a.json')); res.sendFile(index)",
        "res.redirect('/login'); res.redirect(`${base}/callback`); router.redirect(req.query.x)",
        "axios.get(`${baseUrl}/carts`, { params: req.query }); fetch(url, { body: req.body }); api.get(req.query.id)",
        "cors({ origin: ['https://shop.example'], credentials: true }); cors({ origin: '*' })",
        "res.send({ name: req.query.name }); res.send(`ok ${id}`); res.status(200).send(`<p>${count}</p>`)",
        "element.textContent = text; element.innerHTML = ''; element.innerHTML += '<br>'; element.innerHTML = DOMPurify.sanitize(x)",
        "const delay = Math.random() * 100; const token = crypto.randomUUID()",
        "users.findOne({ id: req.body.id }); list.find((x) => x); orders.find(id)",
    ),
    "jsx": (
        "const a = <div dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(text) }} />; const b = <p>{text}</p>;",
    ),
    "py": (
        "eval('1 + 1')\nast.literal_eval(text)\nmodel.eval()\ndf.eval('a + b')\n",
        "subprocess.run(['convert', name])\nsubprocess.run('ls', shell=True)\nos.system('clear')\n",
        "cursor.execute('SELECT * FROM a WHERE b = %s', (value,))\ncursor.execute(query)\nlog.text(f'select {a} from b')\n",
        "requests.get(url, verify=True)\nrequests.get(url, verify=path)\nparse(verify=False)\n",
        "hashlib.sha256(data)\nhashlib.md5(data, usedforsecurity=False)\nmake_password(password)\n",
        "jwt.encode(payload, settings.KEY)\njwt.decode(token, key, algorithms=['RS256'])\n",
        "json.loads(body)\nyaml.safe_load(text)\nyaml.load(text, Loader=yaml.SafeLoader)\n",
        "etree.XMLParser(resolve_entities=False)\n",
        "open('a.txt')\nopen(path)\nopen(os.path.join(root, secure_filename(request.files['f'].filename)))\n",
        "redirect('/login')\nredirect(url_for('index'))\nrequests.get(base + '/carts', params=request.args)\n",
        "render_template_string('<h1>{{ name }}</h1>', name=name)\nrender_template('a.html')\n",
        "app.run(host='0.0.0.0')\nDEBUG = os.environ.get('DEBUG') == '1'\nif x:\n    OTHER = True\n",
        "CORS(app, origins=['https://shop.example'], supports_credentials=True)\nCORS(app, origins='*')\n",
        "delay = random.random()\ntoken = secrets.token_urlsafe(32)\n",
    ),
    "java": (
        'engine.eval("1 + 1"); parser.parseExpression("name"); script.evaluate(x);',
        'Runtime.getRuntime().exec("ls"); new ProcessBuilder("convert", name).start(); executor.exec(task);',
        'jdbc.query("SELECT * FROM a WHERE b = ?", mapper, value); log.update("select " + x + " now");',
        'jdbc.query("SELECT a FROM " + TABLE + " WHERE b = ?", value);',
        "connection.setHostnameVerifier(verifier); TrustManagerFactory f = TrustManagerFactory.getInstance(name);",
        'encoder.encode(password); MessageDigest.getInstance("SHA-256"); Cipher.getInstance("AES/GCM/NoPadding");',
        'Algorithm.HMAC256(secret); new SecretKeySpec(key.getBytes(), "HmacSHA256");',
        "new ObjectMapper().readValue(body, Order.class); new Yaml(new SafeConstructor(options)).load(text);",
        "DocumentBuilderFactory f = DocumentBuilderFactory.newInstance(); "
        'f.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);',
        'new File("a.txt"); Paths.get(root, name); response.sendRedirect("/login");',
        'registry.addMapping("/**").allowedOrigins("https://shop.example").allowCredentials(true);',
        "int delay = new Random().nextInt(); String token = new BigInteger(130, secureRandom).toString(32);",
        'error.printStackTrace(); log.error("failed", error);',
    ),
    "php": (
        "eval('return 1;'); assert($a > 0); assert(is_string($x));",
        "exec('ls'); exec('convert ' . escapeshellarg($file)); $pdo->exec('VACUUM'); $command->exec($x);",
        '$pdo->prepare(\'SELECT * FROM a WHERE b = ?\'); $db->query("SELECT 1 FROM a"); $client->query("select $a");',
        "curl_setopt($c, CURLOPT_SSL_VERIFYPEER, true); $client = new Client(['verify' => $ca, 'debug' => false]);",
        "$h = password_hash($password, PASSWORD_DEFAULT); $h = hash('sha256', $body); $h = hash_hmac('md5', $a, $b);",
        "$t = JWT::encode($payload, $key, 'RS256'); $k = new Key($secret, 'HS256');",
        "$o = json_decode($body); $o = unserialize($body, ['allowed_classes' => false]); $o = unserialize('a:0:{}');",
        "$d->loadXML($x); $d->loadXML($x, LIBXML_NONET);",
        "include __DIR__ . '/a.php'; require 'vendor/autoload.php'; file_get_contents('php://input'); fopen($path, 'r');",
        "header('Location: /login'); header('Location: ' . $url); $this->redirect('/home');",
        "$c = curl_init($baseUrl); $client->request('GET', '/carts', ['query' => $q]);",
        "echo htmlspecialchars($_GET['name']); echo json_encode($_POST); echo $name;",
        "extract($row); parse_str($text, $values); ini_set('display_errors', '0'); ini_set('memory_limit', '1');",
        "$delay = mt_rand(1, 5); $token = bin2hex(random_bytes(16)); header('Access-Control-Allow-Origin: https://a');",
    ),
}


def bad_files() -> dict[str, tuple[str, str]]:
    """Return {path: (content, rule)}, one file for each piece of bad code; JavaScript in both grammars."""
    files = {}
    for rule, pieces in BAD.items():
        language = rule.partition("-")[0]
        for number, piece in enumerate(pieces):
            name = f"src/{rule}-{number}"
            if language == "js":
                files[f"{name}.js"] = (piece, rule)
                if "<div" not in piece:
                    files[f"{name}.ts"] = (piece, rule)
            elif language == "py":
                files[f"{name}.py"] = (piece, rule)
            elif language == "java":
                files[f"{name}.java"] = (piece if "class " in piece else JAVA.format(piece), rule)
            else:
                files[f"{name}.php"] = (f"<?php\n{piece}\n", rule)
    return files


def good_files() -> dict[str, str]:
    """Return {path: content} of code in which nothing is to be found."""
    files = {}
    for language, pieces in GOOD.items():
        for number, piece in enumerate(pieces):
            content = JAVA.format(piece) if language == "java" else f"<?php\n{piece}\n" if language == "php" else piece
            files[f"src/good-{number}.{language}"] = content
            if language == "js":
                files[f"src/good-{number}.ts"] = content
    return files
