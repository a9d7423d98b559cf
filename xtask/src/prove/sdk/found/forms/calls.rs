//! Calls: what each is put together from, how it is sent, and how its answers are read.

use super::forms;

forms! {
    /// What is said of calls.
    CallForm

    /// What an operation is sent with.
    Call = "#[derive(Debug, Clone)]
        pub struct $name<'a> { $client: &'a super::Client, $fields*($field: Result<$kind:type, String>,) }";
    /// How an operation is sent, and what its answers are taken for.
    Calling = "impl<'a> $name<'a> {
        pub fn new(client: &'a super::Client) -> Self { Self { $client: client, $starts*($field: $start:expr,) } }
        $setters*(
            pub fn $body<V>(mut self, value: V) -> Self
            where V: std::convert::TryInto<$kind:type>,
                <V as std::convert::TryInto<$kind:type>>::Error: std::fmt::Display, {
                self.$body = value.try_into().map(From::from).map_err(|s| format!($said, s));
                self
            }
            pub fn body_map<F>(mut self, f: F) -> Self
            where F: std::ops::FnOnce($built:type) -> $built:type, { self.body = self.body.map(f); self }
        $|
            pub fn $field<V>(mut self, value: V) -> Self where V: std::convert::TryInto<$kind:type>, {
                self.$field = value.try_into() $some?(.map(Some)) .map_err(|_| $said.to_string());
                self
            }
        )
        pub async fn send(self) -> Result<ResponseValue<$sent:type>, crate::CallError<$told:type>> { $lifted:rest }
        async fn exchange(self) -> Result<ResponseValue<$success:type>, Error<$refusal:type>> {
            let Self { $client, $taken*($field,) } = self;
            $ready*(
                let $field = $field.map_err(Error::InvalidRequest)?;
            $|
                let $field = $field.and_then(|v| $built:call::try_from(v).map_err(|e| e.to_string()))
                    .map_err(Error::InvalidRequest)?;
            )
            let $url = format!($path, $client.baseurl, $arguments*(encode_path(&$field.to_string()),));
            $map?(let mut header_map = ::reqwest::header::HeaderMap::with_capacity($count);)
            $headers*(
                if let Some(value) = $maybe { header_map.append($wire, value.to_string().try_into()?); }
            $|
                header_map.append($wire, $field.to_string().try_into()?);
            )
            let $request = $client.client.$method($url)
                $accept?(.header(::reqwest::header::ACCEPT, ::reqwest::header::HeaderValue::from_static($media)))
                $carried*(
                    .query(&progenitor_client::QueryParam::new($wire, &$field))
                $|
                    .json(&$json)
                $|
                    .form_urlencoded(&$form)?
                )
                .header(\"api-version\", super::Client::api_version())
                $mapped?(.headers(header_map));
            let $response = $client.exchange($request, &super::operations::$row).await?;
            match $response.status().as_u16() {
                $arms*($status $more*(| $also) => $outcome:expr,)
                _ => Err(Error::UnexpectedResponse($response)),
            }
        }
    }";
    /// What the client says of itself.
    Info = "impl ClientInfo<crate::Setup> for Client {
        fn api_version() -> &'static str { $version }
        fn baseurl(&self) -> &str { self.baseurl.as_str() }
        fn client(&self) -> &reqwest::Client { &self.client }
        fn inner(&self) -> &crate::Setup { &self.inner }
    }";
    /// The methods of the client.
    Methods = "impl Client { $methods*(
        pub fn $method(&self) -> builder::$name<'_> { builder::$name::new(self) }
    ) }";
    /// The same for who awaits the builder.
    Await = "impl<'a> ::std::future::IntoFuture for $name<'a> {
        type Output = Result<ResponseValue<$success:type>, crate::CallError<$refusal:type>>;
        type IntoFuture = crate::Call<'a, $success:type, $refusal:type>;
        fn into_future(self) -> Self::IntoFuture { ::std::boxed::Box::pin(self.send()) }
    }";
}
